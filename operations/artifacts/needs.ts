import type { Client } from '@temporalio/client';
import type { ArtifactStore, StoredArtifact } from '../../artifacts/store.ts';
import { ArtifactError } from '../../common/errors.ts';
import type { Reading } from '../../documents/layers/readings.ts';
import { LayersManifestSchema } from '../../schema/layers.ts';
import { standing } from '../../registry/marks.ts';
import type { ModelVersion } from '../../registry/schema.ts';
import type { Registry } from '../../registry/store.ts';

/**
 * Who needs artifacts, and which. An artifact's name is a hash, so that whoever writes down its URI, or a dataset's version, names it; where the
 * store lay then does not matter.
 */

/** The names in a text: 12 hex digits that stand alone, and, where whole hashes count, their first 12. */
export function namesIn(text: string, { hashes = false } = {}): Set<string> {
  const names = text.match(/(?<![0-9a-z])[0-9a-f]{12}(?![0-9a-z])/g) ?? [];
  const whole = hashes ? (text.match(/(?<![0-9a-z])[0-9a-f]{64}(?![0-9a-z])/g) ?? []) : [];
  return new Set([...names, ...whole.map((hash) => hash.slice(0, 12))]);
}

/**
 * What the registry needs: the weights and the dataset of every version that an alias serves or ever served, for a rollback may go
 * back to it, of those that wait for a decision, and of those that a person may still promote: held and not archived; and the
 * evidence of all.
 */
export async function namesOfRegistry(registry: Registry): Promise<Set<string>> {
  const names = new Set<string>();
  const need = (value: unknown) => {
    for (const name of namesIn(JSON.stringify(value ?? ''), { hashes: true })) names.add(name);
  };
  for (const { name: model } of await registry.models()) {
    const moves = await registry.history(model);
    const promotions = await registry.promotions(model);
    const marks = await registry.marks(model);
    const waiting = promotions.filter(({ state }) => state === 'waiting' || state === 'approved');
    const served = new Set([
      ...moves.flatMap(({ fromVersion, toVersion }) => [fromVersion, toVersion]),
      ...waiting.flatMap(({ version, expectedVersion }) => [version, expectedVersion]),
    ]);
    need(promotions.map(({ evidenceSha256 }) => evidenceSha256));
    need((await registry.evaluations(model)).map(({ evidence }) => evidence));
    for (const version of await registry.listVersions(model)) {
      need([version.evidence, version.evaluated?.first.evidence]);
      const isHeld = version.gate?.decision === 'hold' && !standing(marks, { version: version.version });
      if (isHeld || served.has(version.version)) need(answers(version));
    }
  }
  return names;
}

/** What the next run need not read again: of each model's documents the newest tables, with the files that they were read from. */
export async function namesOfLayers(store: ArtifactStore): Promise<Set<string>> {
  const newest = new Map<string, StoredArtifact>();
  for await (const found of store.list('layers'))
    if (found.uri.endsWith('.json') && found.writtenAt > (newest.get(found.kind)?.writtenAt ?? ''))
      newest.set(found.kind, found);
  const names = new Set<string>();
  for (const { name, uri } of newest.values()) {
    const text = await store.readText(uri);
    const { readings } = LayersManifestSchema.parse(JSON.parse(text));
    for (const one of [name, ...namesIn(text)]) names.add(one);
    try {
      for await (const row of store.readJsonLines(readings))
        for (const one of namesIn((row as Partial<Reading>).uri ?? '')) names.add(one);
    } catch (error) {
      // They are made again by the next run.
      if (!(error instanceof ArtifactError)) throw error;
    }
  }
  return names;
}

/** What answers for a version, and what it learnt from, back to its passages. */
const answers = ({ ref, datasetVersion, made }: ModelVersion) => ({ ref, datasetVersion, made });

/** What the histories of open runs and promotions name: their inputs, and what came of their steps so far. */
export async function namesOfOpenRuns(client: Client): Promise<{ runs: number; names: Set<string> }> {
  const names = new Set<string>();
  let runs = 0;
  for await (const { workflowId, runId } of client.workflow.list({ query: 'ExecutionStatus = "Running"' })) {
    runs += 1;
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    for (const text of textsOf(history.events)) for (const name of namesIn(text, { hashes: true })) names.add(name);
  }
  return { runs, names };
}

/** Every payload below a value of Temporal's protocol, as text. */
function* textsOf(value: unknown): Generator<string> {
  if (value instanceof Uint8Array) yield Buffer.from(value).toString('utf8');
  else if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) yield* textsOf(inner);
}
