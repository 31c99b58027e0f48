import { availableParallelism } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { BUILTIN_EMBEDDING } from '../../../schema/builtin-embedding.ts';
import { createTokens } from './tokens.ts';

/** The thread that computes: the runtime computes where it is called, and a gateway has other things to do meanwhile. */

export interface Asked {
  id: number;
  texts: readonly string[];
}
export type Told = { id: number; vectors: Float32Array[]; tokens: number } | { id: number; error: string };

/** More gain nothing on texts of this length. */
const MOST_THREADS = 4;

const session = await InferenceSession.create(workerData as string, {
  intraOpNumThreads: Math.min(MOST_THREADS, availableParallelism()),
  interOpNumThreads: 1,
  // Threads that wait for work sleep: others have use for the cores.
  extra: { session: { intra_op: { allow_spinning: '0' } } },
});
const tokensOf = createTokens();

/** The mean of what the model says of each token, at length one. */
async function embed(tokens: number[]): Promise<Float32Array> {
  const { dimensions } = BUILTIN_EMBEDDING;
  const tensor = (value: (token: number) => bigint) =>
    new Tensor('int64', BigInt64Array.from(tokens, value), [1, tokens.length]);
  const { last_hidden_state: said } = await session.run({
    input_ids: tensor(BigInt),
    attention_mask: tensor(() => 1n),
    token_type_ids: tensor(() => 0n),
  });
  const values = said!.data as Float32Array;
  const sum = new Float32Array(dimensions);
  for (let at = 0; at < values.length; at++) sum[at % dimensions]! += values[at]!;
  const length = Math.hypot(...sum) || 1;
  return sum.map((value) => value / length);
}

interface Work extends Asked {
  vectors: Float32Array[];
  tokens: number;
}

const waiting: Work[] = [];
let working = false;

/** One text at a time: a padded batch computes no faster. Whoever has the fewest left comes first, so that a question waits for one text of an index at most. */
async function work(): Promise<void> {
  if (working) return;
  working = true;
  while (waiting.length > 0) {
    const left = ({ texts, vectors }: Work) => texts.length - vectors.length;
    const next = waiting.reduce((least, one) => (left(one) < left(least) ? one : least));
    try {
      if (left(next) > 0) {
        const tokens = tokensOf(next.texts[next.vectors.length]!);
        next.tokens += tokens.length;
        next.vectors.push(await embed(tokens));
      }
      if (left(next) === 0) {
        waiting.splice(waiting.indexOf(next), 1);
        tell({ id: next.id, vectors: next.vectors, tokens: next.tokens });
      }
    } catch (error) {
      waiting.splice(waiting.indexOf(next), 1);
      tell({ id: next.id, error: (error as Error).message });
    }
    await turn();
  }
  working = false;
}

const tell = (told: Told) => parentPort?.postMessage(told);

parentPort?.on('message', (asked: Asked | { cancel: number }) => {
  if ('cancel' in asked) {
    const at = waiting.findIndex(({ id }) => id === asked.cancel);
    if (at >= 0) waiting.splice(at, 1);
    return;
  }
  waiting.push({ ...asked, vectors: [], tokens: 0 });
  void work();
});
