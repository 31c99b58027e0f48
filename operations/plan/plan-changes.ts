import type { ArtifactStore } from '../../artifacts/store.ts';
import type { RunConfig } from '../../configs/schema.ts';
import type { Incumbent } from '../../contract/promotion-stages.ts';
import { changedPassages, diffSince } from '../../documents/changes/since.ts';
import type { StatementChange } from '../../schema/changes.ts';
import type { Chunk } from '../../schema/data.ts';

/** What the documents say otherwise than those of what serves, before a run. */
export type ChangesForecast =
  | { since: number; why: string }
  | {
      since: number;
      /** Counts of statements. */
      changed: number;
      added: number;
      removed: number;
      /** The first of them, changed ones first. */
      first: StatementChange[];
      /** Whether the rule `corrections` may promote. */
      mayPromote: boolean;
    };

const FIRST = 5;
const ORDER = ['changed', 'added', 'removed'] as const;

/** What serves, and where the passages are that it was made of. */
export interface Serves {
  incumbent: Incumbent;
  artifacts: Pick<ArtifactStore, 'readJsonLines'>;
}

/** Compares the passages with those that the version was made of which serves. Asks no model. */
export async function planChanges(options: {
  config: RunConfig;
  chunks: readonly Chunk[];
  serves: Serves;
}): Promise<{ changes: ChangesForecast; first: ReadonlySet<string> }> {
  const { config, chunks, serves } = options;
  const { incumbent: since, artifacts } = serves;
  const diff = await diffSince({ since, chunks, artifacts });
  return { changes: forecastOf(diff, since.version, config), first: changedPassages(diff) };
}

function forecastOf(diff: Awaited<ReturnType<typeof diffSince>>, since: number, config: RunConfig): ChangesForecast {
  if ('why' in diff) return { since, why: diff.why };
  const of = (kind: StatementChange['kind']) => diff.changes.filter((change) => change.kind === kind);
  const [changed, added, removed] = ORDER.map((kind) => of(kind).length);
  return {
    since,
    changed: changed!,
    added: added!,
    removed: removed!,
    first: ORDER.flatMap(of).slice(0, FIRST),
    mayPromote: config.gate.corrections.promote && config.evaluation.suites.includes('test'),
  };
}
