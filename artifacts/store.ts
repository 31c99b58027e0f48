import type { z } from 'zod';
import type { DataRef } from '../schema/data.ts';

/** Lines from one, counted from 0, up to but without another. */
export interface LineRange {
  from: number;
  to: number;
}

/**
 * Where everything large lives: written once, named by content, never overwritten. The embedded store keeps
 * file:// URIs below one folder; a store for s3:// implements the same methods.
 *
 * `kind` is a readable prefix of the place: lower-case letters, digits and dashes, in segments (`chunks`, `datasets/acme`).
 */
export interface ArtifactStore {
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
   * Keeps a copy of a finished local folder as `<kind>/<name>`, by default its hash; `rows` is its count of files. A folder
   * that is already there under a given `name` is returned as it is.
   */
  addFolder(input: { kind: string; path: string; name?: string }): Promise<DataRef>;
  /** The same for what `fill` writes below an empty folder, which is moved, not copied; `fill` returns the name. */
  writeFolder(input: { kind: string; fill: (folder: string) => Promise<string | undefined> }): Promise<DataRef>;
  /** The local path of a URI of this store, for tools that need one. */
  pathOf(uri: string): string;
}
