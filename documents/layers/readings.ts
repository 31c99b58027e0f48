import { ArtifactError } from '../../common/errors.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import type { DataRef } from '../../schema/data.ts';
import type { FileRead } from '../readers/reader.ts';
import { readerOf, type Format } from '../readers/readers.ts';

/** What was read out of files, by their bytes and by what read them: the same bytes are not read again, and a mended reader reads again. */

export interface Reading {
  /** Hash of the bytes, format, and version of the reader. */
  key: string;
  /** Where the bytes are kept. */
  uri: string;
  bytes: number;
  read: FileRead;
}

export interface File {
  bytes: Uint8Array;
  sha256: string;
  format: Format | undefined;
  /** Of its name, with the dot. */
  ending: string;
}

const keyOf = ({ sha256, format }: Pick<File, 'sha256' | 'format'>): string =>
  `${sha256} ${format} ${readerOf(format).version}`;

export class Readings {
  readonly #artifacts: Pick<ArtifactStore, 'addBytes'>;
  readonly #before: ReadonlyMap<string, Reading>;
  readonly #now = new Map<string, Promise<Reading>>();
  /** Files that were read, as they were not known. */
  filesRead = 0;

  constructor(artifacts: Pick<ArtifactStore, 'addBytes'>, before: Iterable<Reading> = []) {
    this.#artifacts = artifacts;
    this.#before = new Map(Array.from(before, (reading) => [reading.key, reading]));
  }

  /** What a file says, its bytes kept. */
  async of(file: File): Promise<FileRead> {
    const key = keyOf(file);
    const known = this.#now.get(key);
    if (known) return (await known).read;
    const before = this.#before.get(key);
    const reading = before ? Promise.resolve(before) : this.#read(key, file);
    this.#now.set(key, reading);
    return (await reading).read;
  }

  async #read(key: string, { bytes, format, ending }: File): Promise<Reading> {
    const read = await readerOf(format).read(bytes);
    this.filesRead += 1;
    const { uri } = await this.#artifacts.addBytes({ kind: 'bronze', bytes, ending, rows: 1 });
    return { key, uri, bytes: bytes.byteLength, read };
  }

  /** Where a file's bytes are. */
  async kept(file: Pick<File, 'sha256' | 'format'>): Promise<Pick<Reading, 'uri' | 'bytes'> | undefined> {
    return this.#now.get(keyOf(file));
  }

  /** Those that were asked for, in an order that the files alone decide. */
  async all(): Promise<Reading[]> {
    const all = await Promise.all(this.#now.values());
    return all.sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}

/** Those of before; none where they can't be read any more: they can all be made again. */
export async function loadReadings(
  artifacts: Pick<ArtifactStore, 'loadJsonLines' | 'addBytes'>,
  ref: DataRef | undefined,
): Promise<Readings> {
  try {
    return new Readings(artifacts, ref ? ((await artifacts.loadJsonLines(ref)) as Reading[]) : []);
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error;
    return new Readings(artifacts);
  }
}
