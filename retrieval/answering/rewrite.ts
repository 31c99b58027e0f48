import { contentStems } from '../../language/analysis.ts';
import type { ChatMessage } from '../../contract/ports.ts';
import type { OpenBook } from '../../schema/retrieval.ts';

/** A question that follows others, as one to search for. */

/** Asks a model for one. */
export type Rewriter = (
  messages: ChatMessage[],
  signal: AbortSignal | undefined,
) => Promise<{ text: string; tokens?: number | undefined }>;

/** With fewer words of its own, a question says little without those before it: "And for teenagers?" */
const FEWEST_STEMS = 2;
/** So do more words with one that points back: "How is it treated at home?" */
const FEWEST_BESIDE_POINTERS = 4;
const POINTS_BACK = /\b(?:its?|they|them|theirs?|this|that|these|those|hers?|he|she|him|his|ones?)\b/i;
/** Turns that a model is shown. */
const TURNS_SHOWN = 6;
/** A question is no longer; what is, answers it. */
const LONGEST_QUESTION = 400;

export const REWRITE_PROMPT =
  'Write the last question of this conversation so that it can be understood without the rest of it. Reply with the question alone.';

export interface Rewritten {
  question: string;
  tokens?: number | undefined;
  /** In words, where something was not done as it was asked. */
  said: string[];
}

/** @param history the turns before the question, oldest first */
export async function rewrite(
  { by, question, history }: { by: OpenBook['rewrite']; question: string; history: readonly ChatMessage[] },
  rewriter: Rewriter | undefined,
  signal?: AbortSignal,
): Promise<Rewritten> {
  if (by === 'none' || history.length === 0) return { question, said: [] };
  const ruled = () => byRule(question, history);
  if (by === 'rule') return { question: ruled(), said: [] };
  if (!rewriter) return { question: ruled(), said: ['no model to rewrite with: by rule'] };
  const turns = history.slice(-TURNS_SHOWN).map(({ role, content }) => `${role}: ${content}`);
  const content = `${REWRITE_PROMPT}\n\n${[...turns, `user: ${question}`].join('\n')}`;
  const reply = await rewriter([{ role: 'user', content }], signal).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    return error instanceof Error ? error : new Error(String(error));
  });
  if (reply instanceof Error)
    return { question: ruled(), said: [`the model did not answer (${reply.message}): by rule`] };
  const { text, tokens } = reply;
  const found = text.trim();
  const isQuestion = found !== '' && !found.includes('\n') && found.length <= LONGEST_QUESTION;
  return isQuestion
    ? { question: found, tokens, said: [] }
    : { question: ruled(), tokens, said: ["the model's was no question: by rule"] };
}

/** The questions before it stand before it, until together they have words enough. */
function byRule(question: string, history: readonly ChatMessage[]): string {
  const before = history.flatMap(({ role, content }) => (role === 'user' ? [content] : []));
  const fewest = POINTS_BACK.test(question) ? FEWEST_BESIDE_POINTERS : FEWEST_STEMS;
  let standing = question;
  while (before.length > 0 && contentStems(standing).size < fewest) standing = `${before.pop()!} ${standing}`;
  return standing;
}
