import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { ArtifactError, RequestError } from '../../common/errors.ts';
import { nearest } from '../../common/unknown-name.ts';
import { openDataset } from '../../datasets/assembly/build.ts';
import { streamExamples } from '../../datasets/files/example-rows.ts';
import type { ModelVersion } from '../../registry/schema.ts';
import type { Registry } from '../../registry/store.ts';
import type { ListedDocument } from '../../schema/data.ts';
import type { Holding } from '../../retrieval/store/holding.ts';
import { documentsSeen, type Since } from './gone.ts';
import { placesOf } from './places.ts';

/** What saw a document: versions and the aliases that serve them, their datasets and examples, their indexes. */

export interface TracedDataset {
  version: string;
  /** Examples that are about the document, by split. */
  examples: Record<string, number>;
  first: { id: string; question: string }[];
}

export interface TracedVersion {
  model: string;
  version: number;
  candidate: string;
  /** Aliases that point at it. */
  servesAs: string[];
  /** The document as it saw it. */
  document: string;
  sha256: string;
  /** What became of it since. */
  since: Since;
  dataset?: TracedDataset;
  /** The snapshot that it answers from. */
  index?: { name: string; sha256: string };
}

export interface Trace {
  document: string;
  versions: TracedVersion[];
  /** Datasets that no version was made of, by the document's id alone. */
  datasets: TracedDataset[];
  /** Snapshots that have passages of it: those that no version answers from, too. */
  indexes: Holding[];
  /** Versions of which nobody can tell which documents they saw. */
  unknown: string[];
}

const EXAMPLES_SHOWN = 3;

/**
 * @param options.document its id, a path, or the beginning of its hash
 * @throws RequestError where nothing is known of it
 */
export async function traceDocument(options: {
  registry: Registry;
  store: ArtifactStore;
  document: string;
  /** Paths start here. */
  folder: string;
  /** Where this system has any. */
  indexes?: { holdings: (documentId: string) => Promise<Holding[]> } | undefined;
}): Promise<Trace> {
  const { registry, store, document, folder, indexes } = options;
  const places = placesOf(store);
  const seenBy = documentsSeen({ store, places });
  const isMeant = matcher(document, folder);
  const datasetOf = datasetReader(store);
  const trace: Trace = { document, versions: [], datasets: [], indexes: [], unknown: [] };
  const known = new Set<string>();
  const traced = new Set<string>();
  const ids = new Set<string>([document]);
  for (const { name, aliases } of await registry.models()) {
    for (const version of await registry.listVersions(name)) {
      if (version.datasetVersion !== undefined) traced.add(version.datasetVersion);
      const seen = await seenBy(version);
      if (!seen) {
        if (version.datasetVersion !== undefined) trace.unknown.push(`${name}@v${version.version}`);
        continue;
      }
      for (const one of seen.documents) {
        known.add(one.id);
        if (!isMeant(one)) continue;
        ids.add(one.id);
        const uri = version.made && (await places(version.made.dataset.uri));
        const dataset = uri === undefined ? undefined : await datasetOf(uri, new Set([one.id]));
        trace.versions.push({
          ...tracedVersion(version, aliases, one),
          since: seen.since(one),
          ...(dataset && { dataset }),
        });
      }
    }
  }
  for await (const { kind, name, uri, state } of store.list('datasets')) {
    if (state !== 'whole' || !kind.startsWith('datasets') || traced.has(name)) continue;
    const dataset = await datasetOf(uri, ids);
    if (dataset && sum(dataset.examples) > 0) trace.datasets.push(dataset);
  }
  for (const id of ids) trace.indexes.push(...((await indexes?.holdings(id)) ?? []));
  if (trace.versions.length + trace.datasets.length + trace.indexes.length === 0)
    throw notSeen(document, known, trace.unknown);
  return trace;
}

function tracedVersion(
  version: ModelVersion,
  aliases: Readonly<Record<string, number>>,
  { id, sha256 }: ListedDocument,
): Omit<TracedVersion, 'since'> {
  const { openBook } = version;
  return {
    model: version.model,
    version: version.version,
    candidate: version.candidate,
    servesAs: Object.keys(aliases).filter((alias) => aliases[alias] === version.version),
    document: id,
    sha256,
    ...(openBook && { index: { name: openBook.index.name, sha256: openBook.index.sha256 } }),
  };
}

/** By id, by the file that it lay in or was a record of, or by its hash. */
function matcher(document: string, folder: string): (one: ListedDocument) => boolean {
  const uri = pathToFileURL(resolve(folder, document)).href;
  const isHash = /^[0-9a-f]{8,64}$/.test(document);
  return ({ id, uri: at, sha256 }) =>
    id === document || at === document || at === uri || (isHash && sha256.startsWith(document));
}

/** What a dataset has of some documents; undefined where it is not there any more. Each is read once. */
function datasetReader(store: ArtifactStore) {
  const known = new Map<string, Promise<TracedDataset | undefined>>();
  const read = async (uri: string, ids: ReadonlySet<string>): Promise<TracedDataset | undefined> => {
    try {
      const { version, manifest } = await openDataset({ uri, store });
      const found: TracedDataset = { version, examples: {}, first: [] };
      for (const [split, ref] of Object.entries(manifest.splits)) {
        let count = 0;
        for await (const { id, question, documentId } of streamExamples({ ref, store })) {
          if (!ids.has(documentId)) continue;
          count += 1;
          if (split !== 'rejected' && found.first.length < EXAMPLES_SHOWN) found.first.push({ id, question });
        }
        if (count > 0) found.examples[split] = count;
      }
      return found;
    } catch (error) {
      if (error instanceof ArtifactError) return undefined;
      throw error;
    }
  };
  return (uri: string, ids: ReadonlySet<string>) => {
    const key = JSON.stringify([uri, ...ids]);
    const found = known.get(key) ?? read(uri, ids);
    known.set(key, found);
    return found;
  };
}

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, count) => all + count, 0);

function notSeen(document: string, known: ReadonlySet<string>, unknown: readonly string[]): RequestError {
  const near = nearest(document, [...known]);
  const hint = near === undefined ? '.' : `; did you mean '${near}'?`;
  const untold =
    unknown.length === 0 ? '' : `. Which documents they saw can't be told any more of ${unknown.join(', ')}`;
  return new RequestError(
    `no version and no dataset saw a document '${document}'${hint} Expected a document's id, its path, or the beginning of its hash${untold}`,
  );
}
