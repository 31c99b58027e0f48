import { fileURLToPath } from 'node:url';
import { createHash } from 'node:crypto';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { canonicalJson } from '../../common/canonical-json.ts';
import { RequestError } from '../../common/errors.ts';
import { sha256Of, sha256OfFile } from '../../common/hash.ts';
import { openDataset, type BuiltDataset } from '../../datasets/assembly/build.ts';
import { streamExamples } from '../../datasets/files/example-rows.ts';
import { documentLine } from '../../documents/describe-documents.ts';
import type { ModelVersion } from '../../registry/schema.ts';
import { ChunkSchema, ListedDocumentSchema, type Chunk, type DataRef, type Example } from '../../schema/data.ts';
import { demand, type Link } from './link.ts';
import type { Places } from './places.ts';

/** From a version's dataset to the documents: its manifest, its files, one example, its passage and its document. */
export async function datasetLinks(options: {
  version: ModelVersion;
  store: ArtifactStore;
  places: Places;
  /** Null for none. */
  example?: string | null | undefined;
}): Promise<Link[]> {
  const { version, store, places, example: wanted } = options;
  const { datasetVersion, made, model } = version;
  if (datasetVersion === undefined) return [];
  const uri = await places(made?.dataset.uri ?? `datasets/${model}/${datasetVersion}`);
  let dataset: BuiltDataset | undefined;
  let unreadable: unknown;
  try {
    dataset = await openDataset({ uri, store });
  } catch (error) {
    unreadable = error;
  }
  const link: Link = {
    what: 'dataset',
    name: `${model} version ${datasetVersion}`,
    sha256: made?.dataset.sha256 ?? datasetVersion,
    where: `${uri}/manifest.json`,
    says: dataset ? [`${dataset.manifest.kept} examples kept of ${dataset.manifest.generated}`] : [],
    mayBeGone: true,
    check: async () => {
      if (unreadable) throw unreadable;
      demand(dataset?.version, datasetVersion, 'the dataset that its manifest is');
      if (made) demand(dataset?.sha256, made.dataset.sha256, 'the dataset that its manifest is');
    },
  };
  if (!dataset) return [link];
  const { splits, chat, skipped, preferences } = dataset.manifest;
  const files = [
    ...Object.values(splits),
    ...Object.values(chat ?? {}),
    skipped,
    ...(preferences ? [preferences] : []),
  ];
  const sources = await sourceLinks({ version, dataset, store, places });
  return [
    link,
    ...files.map((ref) => fileLink({ what: 'file', name: ref.uri.slice(uri.length + 1), ref, store })),
    ...sources.links,
    ...(wanted === null
      ? []
      : await exampleLinks({ dataset, store, wanted, ...sources }).catch((error: unknown) => {
          // What is unreadable is named by its file's link.
          if (error instanceof RequestError) throw error;
          return [];
        })),
  ];
}

const fileLink = (options: { what: Link['what']; name: string; ref: DataRef; store: ArtifactStore }): Link => ({
  what: options.what,
  name: options.name,
  sha256: options.ref.sha256,
  where: options.ref.uri,
  says: [`${options.ref.rows} rows`],
  mayBeGone: true,
  check: async () => void (await options.store.localFile(options.ref)),
});

interface Sources {
  chunks?: DataRef;
  documents?: DataRef;
}

/** The passages and the list of documents, where the version says which they were. */
async function sourceLinks(options: {
  version: ModelVersion;
  dataset: BuiltDataset;
  store: ArtifactStore;
  places: Places;
}): Promise<Sources & { links: Link[] }> {
  const { version, dataset, store, places } = options;
  const here = async (ref?: DataRef) => ref && { ...ref, uri: await places(ref.uri) };
  const chunks = await here(version.made?.chunks);
  const documents = await here(version.made?.documents);
  const expected = dataset.manifest.madeBy.documentsSha256;
  const links: Link[] = [];
  if (chunks) links.push(fileLink({ what: 'file', name: 'passages of the documents', ref: chunks, store }));
  if (documents) {
    links.push({
      what: 'documents',
      name: `${documents.rows} documents`,
      sha256: String(expected),
      where: documents.uri,
      says: [],
      mayBeGone: true,
      check: async () => {
        const hash = createHash('sha256');
        for await (const document of store.readJsonLines(documents, ListedDocumentSchema))
          hash.update(documentLine(document));
        demand(hash.digest('hex'), expected, 'the documents that the dataset was made from');
      },
    });
  }
  return { links, ...(chunks && { chunks }), ...(documents && { documents }) };
}

async function exampleLinks(
  options: { dataset: BuiltDataset; store: ArtifactStore; wanted: string | undefined } & Sources,
): Promise<Link[]> {
  const { dataset, store, wanted, chunks, documents } = options;
  const { example, ref } = await findExample({ dataset, store, wanted });
  const { judgements, decision } = example.verdict;
  const links: Link[] = [
    {
      what: 'example',
      name: example.id,
      sha256: sha256Of(canonicalJson(example)),
      where: ref.uri,
      says: [`question: ${example.question}`, `answer: ${example.answer}`, `by ${example.teacher}; ${decision}`],
    },
    ...judgements.map(({ judge, version, label, score, reason }): Link => ({
      what: 'judgement',
      name: `${judge} (${version})`,
      where: ref.uri,
      says: [`${label}, ${score}${reason ? `: ${reason}` : ''}`],
    })),
  ];
  const place = chunks ?? (await chunksOf(example, store));
  const passage = place && (await find(store.readJsonLines(place, ChunkSchema), ({ id }) => id === example.chunkId));
  if (place && passage) links.push(passageLink({ passage, example, where: place.uri, found: chunks === undefined }));
  const document =
    documents &&
    (await find(store.readJsonLines(documents, ListedDocumentSchema), ({ id }) => id === example.documentId));
  links.push({
    what: 'document',
    name: example.documentId,
    ...(document && { sha256: document.sha256, where: document.uri }),
    says: document
      ? [document.title, await sinceThen(document)]
      : ['its hash was not written down when this version was made'],
  });
  return links;
}

/** A document is people's own file: one that was edited later breaks nothing, but is told. */
async function sinceThen({ uri, sha256 }: { uri: string; sha256: string }): Promise<string> {
  if (!uri.startsWith('file://')) return 'it lies elsewhere';
  const now = await sha256OfFile(fileURLToPath(uri)).catch(() => undefined);
  if (now === undefined) return 'the file is not here any more';
  return now === sha256 ? 'the file is as it was' : `the file was edited since: its hash is ${now}`;
}

function passageLink(options: { passage: Chunk; example: Example; where: string; found: boolean }): Link {
  const { passage, example, where, found } = options;
  return {
    what: 'passage',
    name: passage.id,
    sha256: sha256Of(passage.text),
    where,
    says: [
      ...(found ? ['found by its id: this version does not say where its passages lie'] : []),
      `${passage.headings.join(' > ')}, characters ${passage.start} to ${passage.end}`,
      ...example.spans
        .filter(({ chunkId }) => chunkId === passage.id)
        .map(({ start, end }) => `the answer rests on: ${passage.text.slice(start, end)}`),
    ],
  };
}

/** @throws RequestError for one that is in no split */
async function findExample(options: {
  dataset: BuiltDataset;
  store: ArtifactStore;
  wanted: string | undefined;
}): Promise<{ example: Example; ref: DataRef }> {
  const { dataset, store, wanted } = options;
  for (const ref of Object.values(dataset.manifest.splits)) {
    const example = await find(
      streamExamples({ ref, store }),
      ({ id, question }) => wanted === undefined || id === wanted || question === wanted,
    );
    if (example) return { example, ref };
  }
  throw new RequestError(
    `no example '${wanted}' in dataset ${dataset.version}; expected the id or the whole question of one`,
  );
}

/** A version of before does not say which passages it was made from. */
async function chunksOf({ chunkId }: Example, store: ArtifactStore): Promise<DataRef | undefined> {
  for await (const { uri, state } of store.list('chunks')) {
    if (state !== 'whole') continue;
    const sha256 = await sha256OfFile(fileURLToPath(uri)).catch(() => undefined);
    if (sha256 === undefined) continue;
    const ref = { uri, sha256, rows: 0 };
    if (await find(store.readJsonLines(ref, ChunkSchema), ({ id }) => id === chunkId)) return ref;
  }
  return undefined;
}

async function find<T>(rows: AsyncIterable<T>, matches: (row: T) => boolean): Promise<T | undefined> {
  for await (const row of rows) if (matches(row)) return row;
  return undefined;
}
