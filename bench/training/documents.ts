import { join } from 'node:path';
import { RetrievalSchema } from '../../configs/schema.ts';
import type { ChatMessage, ChatModel } from '../../contract/ports.ts';
import { openBookOf } from '../../contract/open-book/of-run.ts';
import type { Paths } from '../../configs/paths.ts';
import { sha256Of } from '../../common/hash.ts';
import { answerOpenBook } from '../../retrieval/answering/answer.ts';
import type { Retrieval } from '../../retrieval/open.ts';
import type { OpenBook } from '../../schema/retrieval.ts';
import { bookOf, type Book } from '../../training/open-book/book.ts';
import { openRetrievalHere } from '../../retrieval/open-here.ts';
import type { Answerer } from './ask.ts';
import type { Sample } from './sample.ts';

/** The sample's documents in an index, for arms that answer from them. */
export interface Documents {
  openBook: OpenBook;
  /** As a candidate without a system prompt is trained. */
  book: Book;
  /** A model's answers from them; with no model, so many sentences. */
  answers: (from: ChatModel | number) => Answerer;
  close: () => Promise<void>;
}

const TODAY = new Date().toISOString().slice(0, 10);

/** @param options.retrieval as in a run's config */
export async function indexSample(options: {
  sample: Sample;
  retrieval: Record<string, unknown>;
  out: string;
  paths: Paths;
}): Promise<Documents> {
  const { sample, out, paths } = options;
  const retrieval = RetrievalSchema.parse(options.retrieval);
  const keys = { env: process.env, servers: {} };
  const opened: Retrieval = openRetrievalHere({
    env: process.env,
    paths: { ...paths, index: join(out, 'index.sqlite') },
    keys,
    say: console.log,
  });
  const passages = sample.chunks.map(({ index: _index, tokens: _tokens, ...passage }) => ({
    ...passage,
    documentSha256: sha256Of(passage.documentId),
  }));
  const { index } = await opened.indexer.index({ name: 'bench', passages, embedding: retrieval.embedding });
  const openBook = openBookOf({ retrieval, index });
  const { retriever } = opened;
  return {
    openBook,
    book: bookOf({ openBook, retriever, systemPrompt: '', today: TODAY }),
    answers: (from) => async (question) => {
      const messages: ChatMessage[] = [{ role: 'user', content: question }];
      const quote = typeof from === 'number' ? from : undefined;
      const means = { retriever, clock: () => performance.now() };
      const found = await answerOpenBook(means, { openBook, messages, quote, today: TODAY });
      if (found.kind === 'say') return found.text;
      if (typeof from === 'number') throw new Error('a quote asks no model');
      const asked = [{ role: 'user' as const, content: found.prompt }];
      return (await from.chat({ messages: asked, maxTokens: 96 })).text;
    },
    close: () => opened.close(),
  };
}
