import { UNIT_SCALE, type Judge, type Subject } from '../types.ts';
import { contextPrecisionAt, ndcgAt, precisionAt, reciprocalRank } from './ranking.ts';
import { relevanceOf } from './relevance.ts';

/** Whether retrieval found what an answer rests on: metrics of what was found, whatever was answered. */

type Finding = (relevant: readonly boolean[], contexts: readonly boolean[], k: number) => number;

const share = (held: readonly boolean[]) => (held.length === 0 ? 0 : held.filter(Boolean).length / held.length);

/** By name, each at some k, and of which the first k are read. */
export const FINDINGS = {
  'hit@5': (relevant) => (relevant.includes(true) ? 1 : 0),
  'precision@5': (relevant, _contexts, k) => precisionAt(relevant, k),
  'recall@5': (_relevant, contexts) => share(contexts),
  'mrr@5': (relevant) => reciprocalRank(relevant),
  'ndcg@5': (relevant, contexts, k) => ndcgAt(relevant, k, contexts.length),
  'context-precision@5': (relevant, _contexts, k) => contextPrecisionAt(relevant, k),
} as const satisfies Record<string, Finding>;

const VERSION = 'rule-1';

/** Where a question names what its answer rests on, and something was to be retrieved. */
export const isRetrieval = ({ retrieved, contexts = [] }: Subject): boolean =>
  retrieved !== undefined && contexts.length > 0;

/** A metric of what was found: its name with another number than 5 reads as many of the texts. */
export function createFinding(name: keyof typeof FINDINGS, k: number): Judge {
  const judge = name.replace(/\d+$/, String(k));
  return {
    name: judge,
    version: VERSION,
    scale: UNIT_SCALE,
    passScore: 1,
    applies: isRetrieval,
    judge: ({ retrieved = [], contexts = [] }) => {
      const first = retrieved.slice(0, k);
      const found = relevanceOf(first, contexts);
      const score = FINDINGS[name](found.retrieved, found.contexts, k);
      const places = found.retrieved.flatMap((hit, at) => (hit ? [at + 1] : []));
      const where = places.length === 0 ? 'none is relevant' : `relevant at ${places.join(', ')}`;
      const reason = `of ${first.length} found, ${where}; ${found.contexts.filter(Boolean).length} of ${contexts.length} contexts are held`;
      return Promise.resolve({ judge, version: VERSION, label: score > 0 ? 'found' : 'not-found', score, reason });
    },
  };
}
