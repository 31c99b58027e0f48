import type { z } from 'zod';
import type { DataRef } from '../schema/data.ts';

/** Lines from one, counted from 0, up to but without another. */
export interface LineRange {
  from: number;
  to: number;
}

/** What lies in a store: a file or a folder, or what a writer left that came to no end. */
export interface StoredArtifact {
  uri: string;
  /** As it was given when it was written: `chunks`, `datasets/acme`. Empty for what is unfinished. */
  kind: string;
  /** 12 hex digits; a dataset's is its version. */
  name: string;
  bytes: number;
  /** When it was written, or the same content was written again; ISO 8601. */
  writtenAt: string;
  state: 'whole' | 'unfinished';
}

/**
 * Where everything large lives: written once, named by content, never overwritten, and known by its URI. Paths are of this
 * machine: whoever needs one asks for a local copy.
 *
 * `kind` is a readable prefix of the place: lower-case letters, digits and dashes, in segments (`chunks`, `datasets/acme`).
 * Errors are ArtifactError where a person must change something, ArtifactsUnreachableError where trying again may help.
 */
export interface ArtifactStore {
  /** True where only this machine reaches it. */
  readonly local: boolean;
  /** Writes each row as one line of JSON to `<kind>/<sha12>.jsonl`. The same rows give the same reference. */
  writeJsonLines(input: { kind: string; rows: Iterable<unknown> | AsyncIterable<unknown> }): Promise<DataRef>;
  /**
   * Streams the rows after checking the content against the reference's hash. With a schema every line is parsed by it.
   * @throws ArtifactError when the content is missing, changed, or a line isn't what the schema says
   */
  readJsonLines<T = unknown>(
    ref: DataRef,
    schema?: z.ZodType<T>,
    range?: LineRange,
  ): AsyncGenerator<T, void, undefined>;
  /** `readJsonLines`, collected. */
  loadJsonLines<T = unknown>(ref: DataRef, schema?: z.ZodType<T>, range?: LineRange): Promise<T[]>;
  /** Keeps bytes as `<kind>/<sha12><ending>`; `ending` starts with a dot. `rows` is what the reference will say. */
  addBytes(input: { kind: string; bytes: Uint8Array; ending: string; rows?: number }): Promise<DataRef>;
  /** Keeps a copy of a finished local file as `<kind>/<sha12><its ending>`. */
  addFile(input: { kind: string; path: string; rows?: number }): Promise<DataRef>;
  /**
   * Keeps a copy of a finished local folder as `<kind>/<name>`, by default its hash; `rows` is its count of files. `name` is
   * 12 hex digits; a folder that is already there under it is returned as it is. Without `localCopy` a store elsewhere sends it from
   * where it lies, and no copy of it takes room here.
   */
  addFolder(input: { kind: string; path: string; name?: string; localCopy?: boolean }): Promise<DataRef>;
  /** The same for what `fill` writes below an empty folder, which is moved, not copied; `fill` returns the name. */
  writeFolder(input: { kind: string; fill: (folder: string) => Promise<string | undefined> }): Promise<DataRef>;
  /**
   * Lets other machines read a folder that can be made again, such as a base model: a store of one machine leaves it where it
   * lies, any other keeps a copy, as `addFolder` does.
   * @returns its URI
   */
  share(input: { kind: string; path: string; name: string }): Promise<string>;
  /**
   * The path of a local copy of a file, for tools that need one; it may be the only copy, and is read, not written.
   * @throws ArtifactError when it is missing, or its content is not what the reference says
   */
  localFile(ref: Pick<DataRef, 'uri' | 'sha256'>): Promise<string>;
  /** The same for a whole folder; one that came from elsewhere was checked, file by file, when it was brought. */
  localFolder(uri: string): Promise<string>;
  /** A small file's text, unchecked: for manifests, which say themselves what they should be. */
  readText(uri: string): Promise<string>;
  /** What lies below a kind, or everything; in no order. */
  list(kind?: string): AsyncIterable<StoredArtifact>;
  /** Deletes what `list` names; what is gone already is no error. Nobody ever finds half of it. */
  delete(uri: string): Promise<void>;
}

/** What one kind of place must do; createStore makes a store of it. */
export interface Shelf {
  /** Keeps the file that `fill` writes, under its content's name; `fill` returns its rows. */
  publishFile(kind: string, ending: string, fill: (path: string) => Promise<number>): Promise<DataRef>;
  /**
   * Keeps the folder that `fill` writes, under `name`, or what `fill` returns, or its content's name; the first one stays.
   * `from`: where the same folder lies, to be sent without a copy.
   */
  publishFolder(input: {
    kind: string;
    name?: string | undefined;
    fill: (folder: string) => Promise<string | undefined>;
    from?: string;
  }): Promise<DataRef>;
  local: boolean;
  /** A local path of the file, brought here when it is not; its content is still to be checked. */
  pathOf(ref: Pick<DataRef, 'uri' | 'sha256'>): Promise<string>;
  localFolder(uri: string): Promise<string>;
  readText(uri: string): Promise<string>;
  list(kind?: string): AsyncIterable<StoredArtifact>;
  delete(uri: string): Promise<void>;
}
