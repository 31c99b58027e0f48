import { createWriteStream } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import type { z } from 'zod';
import { ArtifactError } from '../common/errors.ts';
import { filesBelow } from '../common/hash.ts';
import type { DataRef } from '../schema/data.ts';
import { changed, reasonOf, unreadable, verified } from './checks.ts';
import { readJsonLinesFile } from './json-lines.ts';
import { lineIndex } from './line-index.ts';
import type { ArtifactStore, LineRange, Shelf } from './store.ts';

/** The store that a shelf makes: rows, bytes, files and folders, whatever the place. */
export function createStore(shelf: Shelf): ArtifactStore {
  const store: ArtifactStore = {
    local: shelf.local,

    writeJsonLines: ({ kind, rows }) =>
      shelf.publishFile(kind, '.jsonl', async (path) => {
        let count = 0;
        async function* lines() {
          for await (const row of rows) {
            count += 1;
            yield `${JSON.stringify(row)}\n`;
          }
        }
        await pipeline(Readable.from(lines()), createWriteStream(path, { flags: 'wx' }));
        return count;
      }),

    addBytes: ({ kind, bytes, ending, rows = 0 }) =>
      shelf.publishFile(kind, ending, async (path) => {
        await pipeline(Readable.from([bytes]), createWriteStream(path, { flags: 'wx' }));
        return rows;
      }),

    addFile: ({ kind, path, rows = 0 }) =>
      shelf.publishFile(kind, extname(path), async (temporary) => {
        await copyFile(path, temporary).catch((cause: unknown) => {
          throw notKept(path, cause, 'a finished, readable file');
        });
        return rows;
      }),

    addFolder: async ({ kind, path, name, localCopy = true }) => {
      const from = localCopy ? {} : { from: path };
      if (!localCopy) await filesOf(path);
      return shelf.publishFolder({ kind, name, fill: (folder) => copyFolder(path, folder), ...from });
    },

    writeFolder: ({ kind, fill }) => shelf.publishFolder({ kind, fill }),

    share: async ({ kind, path, name }) =>
      shelf.local ? pathToFileURL(path).href : (await store.addFolder({ kind, path, name })).uri,

    async *readJsonLines<T>(ref: DataRef, schema?: z.ZodType<T>, range?: LineRange) {
      if (!range) {
        yield* readJsonLinesFile(await store.localFile(ref), schema);
        return;
      }
      const path = await shelf.pathOf(ref);
      const { sha256, starts } = await lineIndex(path).catch((cause: unknown) => {
        throw unreadable(path, cause);
      });
      if (sha256 !== ref.sha256) throw changed(path, ref.sha256, sha256);
      yield* readJsonLinesFile(path, schema, { ...range, starts });
    },

    loadJsonLines: async (ref, schema, range) => {
      const rows = [];
      for await (const row of store.readJsonLines(ref, schema, range)) rows.push(row);
      return rows;
    },

    localFile: async (ref) => {
      const path = await shelf.pathOf(ref);
      await verified(ref, path);
      return path;
    },

    localFolder: (uri) => shelf.localFolder(uri),
    readText: (uri) => shelf.readText(uri),
    list: (kind) => shelf.list(kind),
    delete: (uri) => shelf.delete(uri),
  };
  return store;
}

async function copyFolder(from: string, to: string): Promise<undefined> {
  for (const file of await filesOf(from)) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await copyFile(join(from, file), join(to, file));
  }
}

async function filesOf(folder: string): Promise<string[]> {
  const files = await filesBelow(folder).catch((cause: unknown) => {
    throw notKept(folder, cause, 'a finished folder');
  });
  if (files.length === 0) throw notKept(folder, 'it has no files', 'a finished folder');
  return files;
}

const notKept = (path: string, cause: unknown, expected: string) =>
  new ArtifactError(`can't keep ${path}: ${reasonOf(cause)}. Expected ${expected}.`, { cause });
