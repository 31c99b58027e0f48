import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { z } from 'zod';
import { hashFolder, sha256OfFile } from '../common/hash.ts';
import { readJsonLinesFile } from './json-lines.ts';
import { lineIndex } from './line-index.ts';
import type { DataRef } from '../schema/data.ts';
import { ArtifactError } from '../common/errors.ts';
import { type ArtifactStore, type LineRange } from './store.ts';

/**
 * A store of immutable artifacts below `rootDir` (made when missing). Everything is written to a temporary name on the
 * same disk, fsynced, renamed to the name its content gives it, and the folder fsynced: a crash leaves all or nothing.
 */
export function createArtifactStore(rootDir: string): ArtifactStore {
  const root = resolve(rootDir);

  /** Runs `fill` on a temporary path, then moves the result to where `place` says, unless that is there already. */
  async function publish<T>(
    fill: (path: string) => Promise<T>,
    place: (filled: T) => { final: string; settle: (alreadyThere: boolean) => Promise<DataRef> },
  ): Promise<DataRef> {
    const temporary = join(root, '.tmp', randomUUID());
    await mkdir(dirname(temporary), { recursive: true });
    try {
      const { final, settle } = place(await fill(temporary));
      if (await exists(final)) return await settle(true);
      await mkdir(dirname(final), { recursive: true });
      const moved = await moveInto(temporary, final);
      await syncUpTo(root, final);
      return await settle(!moved);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  /** A file goes to `<kind>/<sha12><ending>`. One that is there already must still have the content of its name. */
  const publishFile = (kind: string, ending: string, fill: (path: string) => Promise<number>): Promise<DataRef> =>
    publish(
      async (path) => {
        const rows = await fill(path);
        await sync(path);
        return { rows, sha256: await sha256OfFile(path) };
      },
      ({ rows, sha256 }) => {
        const final = join(root, checkedKind(kind), `${sha256.slice(0, 12)}${ending}`);
        const ref = { uri: pathToFileURL(final).href, sha256, rows };
        const settle = async (alreadyThere: boolean) => (alreadyThere ? verified(ref, final) : ref);
        return { final, settle };
      },
    );

  const store: ArtifactStore = {
    writeJsonLines: ({ kind, rows }) =>
      publishFile(kind, '.jsonl', async (path) => {
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
      publishFile(kind, ending, async (path) => {
        await pipeline(Readable.from([bytes]), createWriteStream(path, { flags: 'wx' }));
        return rows;
      }),

    addFile: ({ kind, path, rows = 0 }) =>
      publishFile(kind, extname(path), async (temporary) => {
        await copyFile(path, temporary).catch((cause: unknown) => {
          throw new ArtifactError(`can't keep ${path}: ${reasonOf(cause)}. Expected a finished, readable file.`, {
            cause,
          });
        });
        return rows;
      }),

    addFolder: ({ kind, path, name }) =>
      store.writeFolder({
        kind,
        fill: async (folder) => {
          const { files } = await hashFolder(path).catch((cause: unknown) => {
            throw new ArtifactError(`can't keep ${path}: ${reasonOf(cause)}. Expected a finished folder.`, { cause });
          });
          if (files.length === 0)
            throw new ArtifactError(`can't keep ${path}: it has no files. Expected a finished folder.`);
          for (const file of files) {
            await mkdir(dirname(join(folder, file)), { recursive: true });
            await copyFile(join(path, file), join(folder, file));
          }
          return name;
        },
      }),

    writeFolder: ({ kind, fill }) =>
      publish(
        async (temporary) => {
          await mkdir(temporary);
          const name = await fill(temporary);
          const { sha256, files } = await hashFolder(temporary);
          await Promise.all(files.map((file) => sync(join(temporary, file))));
          for (const folder of new Set(files.map((file) => dirname(join(temporary, file)))))
            await syncUpTo(temporary, join(folder, 'any'));
          return { name, sha256, files };
        },
        ({ name, sha256, files }) => {
          const final = join(root, checkedKind(kind), checkedKind(name ?? sha256.slice(0, 12)));
          const ref = { uri: pathToFileURL(final).href, sha256, rows: files.length };
          const settle = async (alreadyThere: boolean): Promise<DataRef> => {
            if (!alreadyThere) return ref;
            const kept = await hashFolder(final);
            if (name === undefined && kept.sha256 !== sha256) throw changed(final, sha256, kept.sha256);
            return { ...ref, sha256: kept.sha256, rows: kept.files.length };
          };
          return { final, settle };
        },
      ),

    async *readJsonLines<T>(ref: DataRef, schema?: z.ZodType<T>, range?: LineRange) {
      const path = store.pathOf(ref.uri);
      if (!range) {
        await verified(ref, path);
        yield* readJsonLinesFile(path, schema);
        return;
      }
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

    pathOf: (uri) => {
      if (!uri.startsWith('file:')) {
        throw new ArtifactError(
          `artifact ${uri}: this store keeps file:// URIs only. Run where ${uri.split(':')[0]}: is configured.`,
        );
      }
      return fileURLToPath(uri);
    },
  };
  return store;
}

async function verified(ref: DataRef, path: string): Promise<DataRef> {
  const found = await sha256OfFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (found !== ref.sha256) throw changed(path, ref.sha256, found);
  return ref;
}

const unreadable = (path: string, cause: unknown) =>
  new ArtifactError(`artifact ${path} can't be read: ${reasonOf(cause)}. Run the stage that makes it again.`, {
    cause,
  });

const changed = (path: string, expected: string, found: string) =>
  new ArtifactError(
    `artifact ${path} was changed after it was written: found sha256 ${found}, expected ${expected}. ` +
      `Remove it and run the stage that makes it again.`,
  );

function checkedKind(kind: string): string {
  if (/^[a-z0-9][a-z0-9-]*(\/[a-z0-9][a-z0-9-]*)*$/.test(kind)) return kind;
  throw new ArtifactError(`artifact kind '${kind}': expected lower-case letters, digits and dashes, in segments`);
}

/** Renames. False when another writer put a folder there first: that one is kept. */
async function moveInto(temporary: string, final: string): Promise<boolean> {
  try {
    await rename(temporary, final);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Fsyncs the folders from the one that holds `path` up to `top`, so that their new entries outlive a crash. */
async function syncUpTo(top: string, path: string): Promise<void> {
  let folder = path;
  do {
    folder = dirname(folder);
    await sync(folder);
  } while (folder !== top && folder !== dirname(folder));
}

const reasonOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));
