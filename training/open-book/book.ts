import type { Retriever } from '../../contract/retrieval.ts';
import { nearestTo, openPrompt } from '../../retrieval/answering/answer.ts';
import { rewrite } from '../../retrieval/answering/rewrite.ts';
import type { Turn } from '../../schema/data.ts';
import type { Citation, OpenBook } from '../../schema/retrieval.ts';
import type { ChatLine } from '../recipe.ts';

/** The documents as serving shows them. */
export interface Book {
  /** What is nearest to a question, best first, some more than go into a prompt. */
  find: (question: string, history?: readonly Turn[]) => Promise<readonly Citation[]>;
  /** How many go into a prompt, and how long they may be together. */
  k: number;
  budgetTokens: number;
  /** What the model is asked, with what was found for it or with the book closed. */
  messages: (asked: {
    question: string;
    history: readonly Turn[];
    found?: readonly Citation[];
  }) => ChatLine['messages'];
  /** What is answered where nothing that was found says it. */
  noAnswer: string;
}

/** Found beyond those of a prompt: some say what is asked, too, and make way. */
const SPARE = 4;

/** The book of a version, opened by the same steps as when it serves. A question that follows others is rewritten by rule. */
export function bookOf(options: {
  openBook: OpenBook;
  retriever: Retriever;
  systemPrompt: string;
  /** YYYY-MM-DD. */
  today: string;
  signal?: AbortSignal | undefined;
}): Book {
  const { openBook, retriever, systemPrompt, today, signal } = options;
  const { k, budgetTokens, noAnswer } = openBook;
  const by = openBook.rewrite === 'none' ? 'none' : 'rule';
  const system = systemPrompt ? [{ role: 'system', content: systemPrompt }] : [];
  return {
    k,
    budgetTokens,
    noAnswer,
    find: async (asked, history = []) => {
      const { question } = await rewrite({ by, question: asked, history }, undefined, signal);
      const most = { most: k + SPARE, ...(signal && { signal }) };
      return nearestTo(retriever, { openBook, question, today }, most);
    },
    messages: ({ question, history, found }) => {
      const content = found ? openPrompt(openBook, { citations: found, question }) : question;
      return [...system, ...history, { role: 'user', content }];
    },
  };
}
