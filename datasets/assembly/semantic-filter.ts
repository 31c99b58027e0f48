import type { RunConfig } from '../../configs/schema.ts';
import type { SemanticFilter } from './semantic-duplicates.ts';
import type { Keys } from '../../providers/chat/api-key.ts';
import { mapConcurrent } from '../../common/concurrent.ts';
import { ofLengthOne } from '../../common/vectors.ts';
import { createEmbeddingModel } from '../../providers/embedding/embedding.ts';
import type { Ledger } from '../../providers/ledger/ledger.ts';
import type { FailureTally } from '../../failures/failure-tally.ts';
import { orFailed, type ItemFailure } from '../../failures/item-failure.ts';
import type { RunTerms } from '../../contract/dataset-stages.ts';

/** One vector for each question, each paid for once: they are model calls like others. */
export function semanticFilter(options: {
  config: RunConfig;
  terms: RunTerms;
  ledger: Ledger;
  keys: Keys;
  signal: AbortSignal;
  failures: FailureTally;
}): SemanticFilter | undefined {
  const { config, terms, ledger, keys, signal, failures } = options;
  const { semanticDuplicates } = config.filters;
  if (!semanticDuplicates) return undefined;
  const { runId, fresh, budget } = terms;
  const model = ledger.wrapEmbedding(createEmbeddingModel(semanticDuplicates.model, keys), { runId, fresh, budget });
  return {
    threshold: semanticDuplicates.threshold,
    embed: (texts) => {
      failures.expect('vectors', texts.length);
      return mapConcurrent({
        items: texts,
        concurrency: model.concurrency,
        signal,
        fn: async (text) => {
          const vector = await orFailed<Float32Array | ItemFailure>({
            signal,
            work: async () => ofLengthOne((await model.embed([text], signal)).vectors[0]!),
            failed: (failure) => failure,
          });
          const failed = vector instanceof Float32Array ? undefined : { where: `the vector of "${text}"`, ...vector };
          failures.count('vectors', failed);
          return vector;
        },
      });
    },
  };
}
