import { dayOf } from '../common/time-text.ts';
import type { Context } from 'hono';
import type { ChatMessage } from '../contract/ports.ts';
import type { Retriever } from '../contract/retrieval.ts';
import type { AccessKey } from '../registry/identity/access-keys.ts';
import type { ModelVersion } from '../registry/schema.ts';
import { answerOpenBook } from '../retrieval/answering/answer.ts';
import type { AnswerStep, LoggedAnswer } from '../schema/answer-log.ts';
import type { Citation, OpenBook } from '../schema/retrieval.ts';
import { citationOf, stepOf, type AnswerLog } from './answer-log.ts';
import { ruleCannotDo, textOf, withQuestion, type ChatBody } from './chat-body.ts';
import { proxyChat, type Ended } from './chat-completions.ts';
import { completion, completionEvents } from './completion.ts';
import { respondError, type OpenAiError } from './openai-errors.ts';
import { rewriterOf } from './rewriter.ts';
import { NotServedError, type Upstream } from './router.ts';
import { tooSlow } from './upstream.ts';

export interface Answering {
  upstream: (version: ModelVersion) => Promise<Upstream>;
  /** Asks the indexes that versions answer from, if this gateway does. */
  retriever?: Retriever | undefined;
  log?: AnswerLog | undefined;
  /** The time, as ISO 8601. */
  now: () => string;
  /** Milliseconds, from any moment on. */
  clock: () => number;
  /** For a whole answer. */
  timeoutMs: number;
}

interface Asked {
  context: Context;
  body: ChatBody;
  /** Of the answer. */
  id: string;
  version: ModelVersion;
  key?: AccessKey | undefined;
}

/**
 * Answers as the version does: by its model alone, by its model out of what the documents say, or by quoting them, which needs no model
 * server. What was done, and how long it took, is one line of the log.
 */
export async function answerChat(answering: Answering, asked: Asked): Promise<Response> {
  const { log, now, clock } = answering;
  const { body, id, version, key } = asked;
  const at = now();
  const from = clock();
  const write = (line: Pick<LoggedAnswer, 'outcome' | 'steps'> & Partial<LoggedAnswer>, text?: string) => {
    const question = log?.texts ? body.messages.findLast(({ role }) => role === 'user') : undefined;
    log?.write({
      id,
      at,
      model: version.model,
      version: version.version,
      ms: clock() - from,
      ...line,
      ...(key && { key: key.id }),
      ...(question && { question: textOf(question) }),
      ...(log.texts && text !== undefined && { answer: text }),
    });
  };
  try {
    const { openBook } = version;
    if (openBook) return await answerOpen(answering, { ...asked, openBook, write });
    if (version.ref.kind === 'quote')
      throw new NotServedError(
        `${version.model} version ${version.version} quotes the documents, and names no index of them`,
      );
    const upstream = await answering.upstream(version);
    const onEnd = (end: Ended) =>
      write({ ...endOf(end), steps: [stepOf('answer', clock() - from, end.tokens)] }, end.text);
    return await proxyChat({ ...asked, upstream, timeoutMs: answering.timeoutMs, onEnd });
  } catch (error) {
    write({ outcome: 'failed', steps: [], code: error instanceof Error ? error.name : 'internal_error' });
    throw error;
  }
}

const endOf = ({ code }: Ended): Pick<LoggedAnswer, 'outcome' | 'code'> =>
  code === undefined ? { outcome: 'answered' } : { outcome: 'failed', code };

type Write = (line: Pick<LoggedAnswer, 'outcome' | 'steps'> & Partial<LoggedAnswer>, text?: string) => void;

async function answerOpen(
  { upstream: upstreamOf, retriever, now, clock, timeoutMs }: Answering,
  { context, body, id, version, key, openBook, write }: Asked & { openBook: OpenBook; write: Write },
): Promise<Response> {
  const { ref, model, version: number } = version;
  const quote = ref.kind === 'quote' ? ref.sentences : undefined;
  const about = { index: { name: openBook.index.name, sha256: openBook.index.sha256 } };
  const fail = (error: OpenAiError, steps: AnswerStep[] = []) => {
    write({ outcome: 'failed', code: error.code, steps, ...about });
    return respondError(context, error);
  };
  if (!retriever)
    throw new NotServedError(
      `${model} version ${number} answers from index '${openBook.index.name}', and this gateway opens none`,
    );
  const refused = quote === undefined ? undefined : ruleCannotDo(body);
  if (refused) return fail(refused);
  const messages = conversation(body);
  if (!messages.some(({ role }) => role === 'user'))
    return fail({
      status: 400,
      code: 'invalid_request',
      param: 'messages',
      message: 'messages: found none of role user with a text; expected a question to look up',
    });

  const patience = AbortSignal.timeout(timeoutMs);
  const gone = context.req.raw.signal;
  const upstream = quote === undefined ? await upstreamOf(version) : undefined;
  const rewriter =
    upstream && openBook.rewrite === 'model' ? rewriterOf(upstream, { gone, patience, timeoutMs }) : undefined;
  const most = quote === undefined ? undefined : (body.max_completion_tokens ?? body.max_tokens);
  const answer = await answerOpenBook(
    { retriever, rewriter, clock },
    {
      openBook: most ? { ...openBook, budgetTokens: Math.min(openBook.budgetTokens, most) } : openBook,
      messages,
      quote,
      groups: key?.groups,
      today: dayOf(now()),
    },
    AbortSignal.any([gone, patience]),
  ).catch((error: unknown) => {
    if (patience.aborted) return undefined;
    throw error;
  });
  if (!answer) return fail(tooSlow(timeoutMs));

  const { citations, steps } = answer;
  const cited = { ...about, citations: citations.map(citationOf) };
  if (answer.kind === 'ask') {
    const beside = besideAnswer({ openBook, why: 'answered', citations });
    const began = clock();
    const onEnd = (end: Ended) =>
      write({ ...endOf(end), ...cited, steps: [...steps, stepOf('answer', clock() - began, end.tokens)] }, end.text);
    const asked = withQuestion(body, answer.prompt, answer.examples);
    return proxyChat({ context, body: asked, id, version, upstream: upstream!, timeoutMs, patience, beside, onEnd });
  }
  const { text, why } = answer;
  write({ outcome: why, ...cited, steps }, text);
  const beside = besideAnswer({ openBook, why, citations });
  const said = { id, model: body.model, text, created: Math.floor(Date.parse(now()) / 1000), beside };
  if (!body.stream) return context.json(completion(said));
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };
  return context.body(completionEvents(said, body), 200, headers);
}

/** What an answer says of itself, beside the protocol's fields. */
const besideAnswer = (of: { openBook: OpenBook; why: LoggedAnswer['outcome']; citations: Citation[] }) => ({
  whetstone: {
    outcome: of.why,
    index: { name: of.openBook.index.name, sha256: of.openBook.index.sha256 },
    citations: of.citations,
  },
});

/** What was said, as far as a search can use it. */
function conversation({ messages }: ChatBody): ChatMessage[] {
  return messages.flatMap((message): ChatMessage[] => {
    const content = textOf(message);
    const { role } = message;
    if (role === 'system' || role === 'developer') return [{ role: 'system', content }];
    if ((role !== 'user' && role !== 'assistant') || content.trim() === '') return [];
    return [{ role, content }];
  });
}
