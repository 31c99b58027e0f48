import type { ArtifactStore } from '../../artifacts/store.ts';
import { ArtifactError } from '../../common/errors.ts';
import { bronzeOf, lastLayers } from '../../documents/layers/keep-layers.ts';
import type { ModelVersion } from '../../registry/schema.ts';
import { ListedDocumentSchema, type ListedDocument } from '../../schema/data.ts';
import type { Places } from './places.ts';

/** What became of a document since a version saw it. */
export type Since = 'same' | 'changed' | 'gone' | 'unknown';

export interface Seen {
  documents: readonly ListedDocument[];
  since: (document: ListedDocument) => Since;
}

/** Tells of versions which documents they saw, and what became of those; each list is read once. */
export function documentsSeen({ store, places }: { store: ArtifactStore; places: Places }) {
  const lists = new Map<string, Promise<ListedDocument[] | undefined>>();
  const newest = new Map<string, Promise<ReadonlyMap<string, string> | undefined>>();
  const once = <T>(known: Map<string, T>, key: string, make: () => T): T => {
    const found = known.get(key) ?? make();
    known.set(key, found);
    return found;
  };
  /** Undefined where the version does not say, or the list is not there any more. */
  return async ({ model, made }: Pick<ModelVersion, 'model' | 'made'>): Promise<Seen | undefined> => {
    const ref = made?.documents;
    if (!ref) return undefined;
    const documents = await once(lists, ref.sha256, async () =>
      readable(store.loadJsonLines({ ...ref, uri: await places(ref.uri) }, ListedDocumentSchema)),
    );
    const now = await once(newest, model, () => hashesNow(store, model));
    if (!documents) return undefined;
    return {
      documents,
      since: ({ id, sha256 }) =>
        now === undefined ? 'unknown' : !now.has(id) ? 'gone' : now.get(id) === sha256 ? 'same' : 'changed',
    };
  };
}

/** The documents of a model when they were last read, with their hashes; undefined where that is not known. */
async function hashesNow(store: ArtifactStore, model: string): Promise<ReadonlyMap<string, string> | undefined> {
  const layers = await lastLayers(store, model);
  const rows = layers && (await readable(bronzeOf(store, layers)));
  return rows && new Map(rows.map(({ id, sha256 }) => [id, sha256]));
}

/** Undefined for what a clean-up may have deleted. */
async function readable<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ArtifactError) return undefined;
    throw error;
  }
}

const MOST_NAMED = 3;

/** `saw a document that is gone: pay`; undefined where none is. */
export async function sawGone(
  seenBy: ReturnType<typeof documentsSeen>,
  version: Pick<ModelVersion, 'model' | 'made'>,
): Promise<string | undefined> {
  const seen = await seenBy(version);
  const gone = seen?.documents.filter((document) => seen.since(document) === 'gone').map(({ id }) => id) ?? [];
  if (gone.length === 0) return undefined;
  const named = gone.slice(0, MOST_NAMED).join(', ');
  const more = gone.length > MOST_NAMED ? ` and ${gone.length - MOST_NAMED} more` : '';
  return `saw ${gone.length === 1 ? 'a document that is gone' : `${gone.length} documents that are gone`}: ${named}${more}`;
}
