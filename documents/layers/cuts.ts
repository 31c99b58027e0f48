import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArtifactError } from '../../common/errors.ts';
import { sha256Of } from '../../common/hash.ts';
import { pause } from '../../common/pause.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import type { RunConfig } from '../../configs/schema.ts';
import type { Chunk, DataRef, Document, InstructionFlag } from '../../schema/data.ts';

/** How documents were cut into passages, by what they say and by what cut them: one that is as it was is not cut again. */

/** A document as it is read from here on, and its passages. */
export interface CutDocument {
  document: Document;
  /** In the order of the text. */
  all: { chunk: Chunk; isShown: boolean }[];
  flags: InstructionFlag[];
  personalData: Record<string, number>;
  /** Of its text, whatever people say it is in. */
  language?: string | undefined;
}

/** A passage without what its document says already. */
interface KeptChunk extends Pick<Chunk, 'start' | 'end' | 'tokens' | 'headings' | 'context' | 'place' | 'places'> {
  withheld?: true;
}

interface KeptCut extends Pick<CutDocument, 'personalData' | 'language'> {
  key: string;
  chunks: KeptChunk[];
  flags: [chunk: number, why: string, text: string][];
  /** Where personal data was dealt with. */
  changed?: Pick<Document, 'title' | 'text' | 'places'>;
}

type Settings = Pick<RunConfig, 'filters' | 'chunking'>;

export class Cuts {
  readonly #before: ReadonlyMap<string, KeptCut>;
  readonly #now = new Map<string, KeptCut>();
  /** Documents that were cut, as they were not known. */
  documentsCut = 0;

  constructor(before: Iterable<KeptCut> = []) {
    this.#before = new Map(Array.from(before, (cut) => [cut.key, cut]));
  }

  /** A document's passages: those of before, or else made by `cut`. */
  async of(document: Document, settings: Settings, cut: () => Promise<CutDocument>): Promise<CutDocument> {
    const key = keyOf(document, settings);
    const known = this.#before.get(key);
    if (known) {
      this.#now.set(key, known);
      // Thousands of them are one long step.
      await pause();
      return restored(known, document);
    }
    const made = await cut();
    this.documentsCut += 1;
    this.#now.set(key, kept(key, document, made));
    return made;
  }

  /** Those that were asked for, in an order that the documents alone decide. */
  all(): KeptCut[] {
    return [...this.#now.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}

/** Those of before; none where they can't be read any more: they can all be made again. */
export async function loadCuts(
  artifacts: Pick<ArtifactStore, 'loadJsonLines'>,
  ref: DataRef | undefined,
): Promise<Cuts> {
  try {
    return new Cuts(ref ? ((await artifacts.loadJsonLines(ref)) as KeptCut[]) : []);
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error;
    return new Cuts();
  }
}

let code: string | undefined;

/** Hash over the code that decides, and the versions of its libraries: whoever mends a rule need not think of what was kept. */
function codeVersion(): string {
  if (code !== undefined) return code;
  const root = join(import.meta.dirname, '..', '..');
  const hash = createHash('sha256');
  const files = globSync(['documents/**/*.ts', 'language/**/*.ts', 'package-lock.json'], { cwd: root });
  for (const file of files.filter((name) => !name.endsWith('.test.ts')).sort())
    hash.update(`${file}\0${sha256Of(readFileSync(join(root, file)))}\n`);
  return (code = hash.digest('hex'));
}

function keyOf({ id, title, text, format, places }: Document, { filters, chunking }: Settings): string {
  const { personalData, phoneRegion, instructions } = filters;
  const settings = { personalData, phoneRegion, instructions, chunking };
  return sha256Of(JSON.stringify([codeVersion(), settings, id, title, format, places, text]));
}

function kept(key: string, read: Document, made: CutDocument): KeptCut {
  const { document, all, flags, personalData, language } = made;
  const { title, text, places } = document;
  const isChanged = text !== read.text || title !== read.title;
  const numbers = new Map(all.map(({ chunk }) => [chunk.id, chunk.index]));
  return {
    key,
    personalData,
    ...(language !== undefined && { language }),
    chunks: all.map(({ chunk: { start, end, tokens, headings, context, place, places }, isShown }) => ({
      start,
      end,
      tokens,
      headings,
      ...(context !== undefined && { context }),
      ...(place !== undefined && { place }),
      ...(places && { places }),
      ...(!isShown && { withheld: true }),
    })),
    flags: flags.map((flag) => [numbers.get(flag.chunkId)!, flag.why, flag.text]),
    ...(isChanged && { changed: { title, text, ...(places && { places }) } }),
  };
}

function restored({ chunks, flags, personalData, language, changed }: KeptCut, read: Document): CutDocument {
  const document = { ...read, ...changed };
  const { id: documentId, title, text } = document;
  const idOf = (index: number) => `${documentId}#${index}`;
  const all = chunks.map(({ withheld, start, end, tokens, headings, context, place, places }, index) => ({
    chunk: {
      id: idOf(index),
      documentId,
      index,
      title,
      headings,
      start,
      end,
      text: text.slice(start, end),
      tokens,
      ...(context !== undefined && { context }),
      ...(place !== undefined && { place }),
      ...(places && { places }),
    },
    isShown: withheld !== true,
  }));
  return {
    document,
    all,
    flags: flags.map(([index, why, said]) => ({ chunkId: idOf(index), why, text: said })),
    personalData: { ...personalData },
    language,
  };
}
