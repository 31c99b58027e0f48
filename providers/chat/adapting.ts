import type { ChatReply, ChatRequest } from '../../contract/ports.ts';
import { mannerAfter, mannerNotes, usualManner } from './adaptation.ts';

type Manner = ReturnType<typeof usualManner>;

/** What a server did with a request that was put in one manner. */
export type Put =
  | { status: 'answered'; reply: ChatReply }
  /** `error`: what to throw where no other manner would do. */
  | { status: 'refused'; refusal: Parameters<typeof mannerAfter>[0]; error: () => Error };

/** Puts requests in the manner that a server is known to take, and again in another where it refuses that. */
export function adapting({ server, subject }: { server: string; subject: string }) {
  const usual = usualManner(server);
  /** What the server is known to take. */
  let known = usual;

  async function ask(request: ChatRequest, put: (manner: Manner) => Promise<Put>, manner = known): Promise<ChatReply> {
    const got = await put(manner);
    if (got.status === 'answered') return got.reply;
    const other = mannerAfter(got.refusal, { request, manner });
    if (!other) throw got.error();
    const reply = await ask(request, put, other);
    // Only an answer proves what the server refused; what another call has found out meanwhile stays known.
    if (known === usual || manner === known) known = other;
    return { ...reply, notes: reply.notes ?? mannerNotes(other, usual).map((note) => `${subject} ${note}`) };
  }
  return ask;
}
