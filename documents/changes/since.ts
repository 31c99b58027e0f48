import type { ArtifactStore } from '../../artifacts/store.ts';
import { ArtifactError } from '../../common/errors.ts';
import type { Incumbent } from '../../contract/promotion-stages.ts';
import type { DocumentChanges } from '../../schema/changes.ts';
import { ChunkSchema, type Chunk } from '../../schema/data.ts';
import { diffStatements, type StatementsDiff } from './diff.ts';
import { statementsOf, type Statement } from './statements.ts';

/** What the documents say otherwise than those that a version was trained on: the file of it, and its counts. */
export const changesSince = async (options: {
  since: Incumbent;
  /** The passages of now. */
  chunks: readonly Chunk[];
  artifacts: Pick<ArtifactStore, 'readJsonLines' | 'writeJsonLines'>;
}): Promise<DocumentChanges> => keepChanges({ ...options, found: await diffSince(options) });

/** @param options.found as diffSince found them */
export async function keepChanges(options: {
  since: Pick<Incumbent, 'version'>;
  found: Awaited<ReturnType<typeof diffSince>>;
  artifacts: Pick<ArtifactStore, 'writeJsonLines'>;
}): Promise<DocumentChanges> {
  const { since, found, artifacts } = options;
  if ('why' in found) return { status: 'unknown', since: since.version, why: found.why };
  const { changes, same } = found;
  const of = (kind: (typeof changes)[number]['kind']) => changes.filter((change) => change.kind === kind).length;
  return {
    status: 'known',
    since: since.version,
    statements: await artifacts.writeJsonLines({ kind: 'changes', rows: changes }),
    changed: of('changed'),
    added: of('added'),
    removed: of('removed'),
    reworded: of('reworded'),
    same,
  };
}

/** The changes themselves, or why they can't be told. @throws ArtifactsUnreachableError */
export async function diffSince(options: {
  since: Pick<Incumbent, 'version' | 'made'>;
  chunks: readonly Chunk[];
  artifacts: Pick<ArtifactStore, 'readJsonLines'>;
}): Promise<StatementsDiff | { why: string }> {
  const { since, chunks, artifacts } = options;
  const { version, made } = since;
  if (!made) return { why: `version ${version} was made of no documents that are known here` };
  if (!made.chunks)
    return { why: `version ${version} was registered before versions kept the passages that they were made of` };
  const before: Statement[] = [];
  try {
    for await (const chunk of artifacts.readJsonLines(made.chunks, ChunkSchema)) before.push(...statementsOf(chunk));
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error;
    return { why: `the passages of version ${version} can't be read any more: ${error.message}` };
  }
  return diffStatements(before, chunks.flatMap(statementsOf));
}

/** Passages that the teacher is asked about before all others, so that what changed is taught. */
const MOST_ASKED_FIRST = 50;

/** The passages that say something new, the first of them; none where it is not known. */
export function changedPassages(found: Awaited<ReturnType<typeof diffSince>> | undefined): ReadonlySet<string> {
  const changes = found && 'changes' in found ? found.changes : [];
  const passages = changes.flatMap(({ kind, after }) => (after && kind === 'changed' ? after.chunkId : []));
  return new Set([...new Set(passages)].slice(0, MOST_ASKED_FIRST));
}
