import type { ChatMessage } from '../../contract/ports.ts';
import type { Retriever } from '../../contract/retrieval.ts';
import type { AnswerStep } from '../../schema/answer-log.ts';
import type { Citation, OpenBook } from '../../schema/retrieval.ts';
import { fillPrompt } from './as-data.ts';
import { withinBudget } from './budget.ts';
import { citationOf, promptText, type Excerpt } from './excerpts.ts';
import { excerptsOf, findPassages } from './find.ts';
import { quoted, quoteText } from './quote.ts';
import { rewrite, type Rewriter } from './rewrite.ts';

/** The open book, step by step: the gateway, an evaluation and training take the same. */

export interface Means {
  retriever: Retriever;
  /** For `rewrite: model`; without, the rule does it. */
  rewriter?: Rewriter | undefined;
  /** Milliseconds, from any moment on. */
  clock: () => number;
}

export interface OpenQuestion {
  openBook: OpenBook;
  /** The conversation: its last message of a user is the question. */
  messages: readonly ChatMessage[];
  /** Where a rule answers: most sentences of it. */
  quote?: number | undefined;
  /** Of who asks. */
  groups?: readonly string[] | undefined;
  /** YYYY-MM-DD. */
  today: string;
}

/** What was done, and what it took. */
type Step = AnswerStep;

/**
 * `say`: that is the answer. `ask`: a model is asked with these messages, in which `prompt` took the question's place, and the version's
 * `examples` stand before the conversation.
 */
export type OpenAnswer =
  | { kind: 'say'; why: 'quoted' | 'not said'; text: string; citations: Citation[]; steps: Step[] }
  | {
      kind: 'ask';
      prompt: string;
      examples: ChatMessage[];
      messages: ChatMessage[];
      citations: Citation[];
      steps: Step[];
    };

/** @throws Error where no message is a user's, and what the retriever throws */
export async function answerOpenBook(
  { retriever, rewriter, clock }: Means,
  { openBook, messages, quote, groups, today }: OpenQuestion,
  signal?: AbortSignal,
): Promise<OpenAnswer> {
  const steps: Step[] = [];
  const step = async <T extends { said: string[]; tokens?: number | undefined }>(
    name: Step['name'],
    make: () => Promise<T> | T,
  ) => {
    const from = clock();
    const made = await make();
    const { said, tokens } = made;
    steps.push({ name, ms: clock() - from, ...(tokens !== undefined && { tokens }), ...(said.length > 0 && { said }) });
    return made;
  };

  const at = messages.findLastIndex(({ role }) => role === 'user');
  if (at < 0) throw new Error('messages: found none of role user; expected a question');
  const question = messages[at]!.content;
  const history = messages.slice(0, at).filter(({ role }) => role !== 'system');
  const asked = await step('rewrite', () => rewrite({ by: openBook.rewrite, question, history }, rewriter, signal));
  const of = {
    openBook: quote === undefined ? openBook : { ...openBook, unit: 'sentences' as const },
    question: asked.question,
  };
  const { found } = await step('retrieve', () => findPassages(retriever, { ...of, groups, today }, signal));
  const chosen = await step('select', async () => {
    const near = await excerptsOf(retriever, of, found, signal);
    return choose(near, { openBook, quote });
  });
  const citations = chosen.excerpts.map(citationOf);
  if (citations.length === 0) return { kind: 'say', why: 'not said', text: openBook.noAnswer, citations, steps };
  if (quote !== undefined) return { kind: 'say', why: 'quoted', text: quoteText(chosen.excerpts), citations, steps };
  const prompt = openPrompt(openBook, { citations, question });
  const examples = exampleTurns(openBook);
  const asks = messages.map((message, i) => (i === at ? { ...message, content: prompt } : message));
  return { kind: 'ask', prompt, examples, messages: afterSystem(asks, examples), citations, steps };
}

/** The turns that a version shows its model before every conversation. */
const exampleTurns = ({ examples = [] }: Pick<OpenBook, 'examples'>): ChatMessage[] =>
  examples.flatMap(({ asked, answered }) => [
    { role: 'user', content: asked },
    { role: 'assistant', content: answered },
  ]);

/** Messages with others before the conversation: what a system says comes first. */
export function afterSystem<T extends { role: string }>(messages: readonly T[], before: readonly T[]): T[] {
  const from = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer');
  return [...messages.slice(0, Math.max(0, from)), ...before, ...messages.slice(Math.max(0, from))];
}

/** The excerpts that answer; none where nothing is near enough. @param near nearest first */
function choose(
  near: readonly Excerpt[],
  { openBook, quote }: Pick<OpenQuestion, 'openBook' | 'quote'>,
): { excerpts: Excerpt[]; tokens: number; said: string[] } {
  const { minScore, k, budgetTokens } = openBook;
  const nearest = near.reduce((most, { score }) => Math.max(most, score), -Infinity);
  if (nearest < minScore)
    return {
      excerpts: [],
      tokens: 0,
      said: [
        near.length === 0
          ? 'nothing was found'
          : `the nearest has ${nearest.toFixed(3)}, asked for at least ${minScore}`,
      ],
    };
  const few = near.slice(0, quote ?? k);
  const fitted = withinBudget(few, budgetTokens);
  if (fitted.excerpts.length === 0) return { ...fitted, said: [...fitted.said, 'nothing fits'] };
  if (quote === undefined) return fitted;
  const excerpts = quoted(fitted.excerpts, { sentences: quote, minScore });
  return { ...fitted, excerpts };
}

/** What a model is asked in training and in serving. */
export const openPrompt = (
  { prompt, unit }: Pick<OpenBook, 'prompt' | 'unit'>,
  { citations, question }: { citations: Parameters<typeof promptText>[0]; question: string },
): string => fillPrompt(prompt, { passages: promptText(citations, unit), question });

/** What is nearest to a question, best first, more of it than a prompt holds: for training, which also shows what does not answer. */
export async function nearestTo(
  retriever: Retriever,
  { openBook, question, today }: Pick<OpenQuestion, 'openBook' | 'today'> & { question: string },
  { most, signal }: { most: number; signal?: AbortSignal },
): Promise<Citation[]> {
  const of = { openBook: { ...openBook, k: most }, question, today };
  const { found } = await findPassages(retriever, of, signal);
  return (await excerptsOf(retriever, of, found, signal)).slice(0, most).map(citationOf);
}
