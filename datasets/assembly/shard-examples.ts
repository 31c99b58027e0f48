import type { ArtifactStore } from '../../artifacts/store.ts';
import { areFew, type HeldExamples } from '../../generation/held-examples.ts';
import { ExampleSchema, type DataRef, type Example } from '../../schema/data.ts';

/**
 * The examples of a run's shards, to be read twice: once to decide, once to write. Their content is checked by hash each time, their
 * shape the first time.
 * @param options.onRead rows so far, both times together
 */
export function shardExamples(options: {
  shards: readonly DataRef[];
  artifacts: ArtifactStore;
  held: HeldExamples;
  onRead: (rows: number) => void;
}): () => AsyncGenerator<Example> {
  const { shards, artifacts, held, onRead } = options;
  const all = shards.reduce((sum, shard) => sum + shard.rows, 0);
  let read = 0;
  return async function* examples() {
    const schema = read === 0 ? ExampleSchema : undefined;
    for (const shard of shards) {
      let rows = held.of(shard);
      if (!rows && areFew(all)) {
        rows = await artifacts.loadJsonLines<Example>(shard, schema);
        held.hold(shard, rows);
      }
      yield* rows ?? artifacts.readJsonLines<Example>(shard, schema);
      onRead((read += shard.rows));
    }
  };
}
