import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import type { ArtifactStore } from '../../artifacts/store.ts';
import type { ModelVersion } from '../../registry/schema.ts';
import { LoggedAnswerSchema, type LoggedAnswer } from '../../schema/answer-log.ts';
import { ChunkSchema, ListedDocumentSchema, type Chunk, type DataRef } from '../../schema/data.ts';
import { demand, type Link } from './link.ts';
import type { Places } from './places.ts';

/** From a version to the index that it answers from, and from an answer to the passages and documents that it cites. */

/** Nothing for a version that answers by itself. @param withheld what of it nobody is shown any more */
export function indexLinks(
  { openBook, ref }: Pick<ModelVersion, 'openBook' | 'ref'>,
  withheld: readonly string[] = [],
): Link[] {
  if (!openBook) return [];
  const shown =
    ref.kind === 'quote' ? `quotes ${ref.sentences} sentences at most` : `answers from ${openBook.k} ${openBook.unit}`;
  const { index, minScore, rewrite, reranker, examples = [] } = openBook;
  const { provider, model } = index.embedding;
  return [
    {
      what: 'index',
      name: index.name,
      sha256: index.sha256,
      says: [
        `a snapshot of ${index.passages} passages, embedded by ${model} (${provider})`,
        `${shown}, the nearest with a cosine of ${minScore} at least; questions rewritten: ${rewrite}` +
          (reranker ? `; ordered again by ${reranker.model}` : ''),
        ...(examples.length > 0 ? [`shows its model ${examples.length} examples first`] : []),
        ...withheld,
      ],
    },
  ];
}

/** What the gateway's log says of an answer; undefined where it has no line of it. The newest counts. */
export async function loggedAnswer(file: string | undefined, id: string): Promise<LoggedAnswer | undefined> {
  if (file === undefined) return undefined;
  let found: LoggedAnswer | undefined;
  const input = createReadStream(file, 'utf8');
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      if (!line.includes(id)) continue;
      const parsed = LoggedAnswerSchema.safeParse(jsonOf(line)).data;
      if (parsed?.id === id) found = parsed;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return found;
}

/** A line that a crash cut short says nothing. */
function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** How an answer came to be, in lines. */
export const loggedLines = ({ outcome, code, ms, steps, key }: LoggedAnswer): string[] => [
  `${outcome}${code === undefined ? '' : ` (${code})`} in ${ms} ms${key === undefined ? '' : `, asked with key ${key}`}`,
  ...steps.map(({ name, ms: took, tokens, said = [] }) =>
    [`${name}: ${took} ms`, ...(tokens === undefined ? [] : [`${tokens} tokens`]), ...said].join('; '),
  ),
];

/** The passages that an answer cites, and their documents, as far as the version's run wrote them down. */
export async function citedLinks(options: {
  logged: LoggedAnswer;
  version: ModelVersion;
  store: ArtifactStore;
  places: Places;
}): Promise<Link[]> {
  const { logged, version } = options;
  const { citations = [], index } = logged;
  const searched: Link[] = index
    ? [
        {
          what: 'index',
          name: `${index.name}, as this answer searched it`,
          sha256: index.sha256,
          says: [],
          check: async () => demand(index.sha256, version.openBook?.index.sha256 ?? 'none', "the version's snapshot"),
        },
      ]
    : [];
  if (citations.length === 0) return searched;
  const chunks = await chunksOf(options, new Set(citations.map(({ passageId }) => passageId)));
  const passages = citations.map(({ passageId, start, end, score, place }): Link => {
    const chunk = chunks.get(passageId);
    return {
      what: 'passage',
      name: passageId,
      says: [
        [place, `characters ${start} to ${end}`, `score ${score.toFixed(3)}`].filter(Boolean).join(', '),
        chunk
          ? chunk.text.slice(start - chunk.start, end - chunk.start)
          : "its text is in the index alone: this version's run wrote no such passage down",
      ],
      ...(chunks.size > 0 && {
        mayBeGone: true,
        check: async () => demand(chunk?.id, passageId, "among the passages that this version's run wrote down"),
      }),
    };
  });
  const ids = new Set(citations.map(({ passageId }) => passageId.slice(0, passageId.lastIndexOf('#'))));
  const documents: Link[] = [];
  for await (const document of rowsOf(version.made?.documents, ListedDocumentSchema, options))
    if (ids.delete(document.id))
      documents.push({
        what: 'document',
        name: document.id,
        sha256: document.sha256,
        where: document.uri,
        says: [document.title],
      });
  const unknown = [...ids].map((id): Link => ({
    what: 'document',
    name: id,
    says: ['its hash was not written down with this version'],
  }));
  return [...searched, ...passages, ...documents, ...unknown];
}

async function chunksOf(
  options: { version: ModelVersion; store: ArtifactStore; places: Places },
  wanted: ReadonlySet<string>,
): Promise<Map<string, Chunk>> {
  const found = new Map<string, Chunk>();
  for await (const chunk of rowsOf(options.version.made?.chunks, ChunkSchema, options))
    if (wanted.has(chunk.id)) found.set(chunk.id, chunk);
  return found;
}

/** None where a clean-up has deleted the file, which then says nothing. */
async function* rowsOf<T>(
  ref: DataRef | undefined,
  schema: z.ZodType<T>,
  { store, places }: { store: ArtifactStore; places: Places },
): AsyncGenerator<T, void, undefined> {
  if (!ref) return;
  try {
    yield* store.readJsonLines({ ...ref, uri: await places(ref.uri) }, schema);
  } catch (error) {
    if (!(error instanceof Error && error.name === 'MissingArtifactError')) throw error;
  }
}
