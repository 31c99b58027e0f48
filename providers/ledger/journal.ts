import { randomUUID } from 'node:crypto';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Owner, Owners } from './owners.ts';

/**
 * Answers on their way into the ledger's tables. A line costs some microseconds, a transaction a hundred times that: so an
 * answer is safe from the death of this process at once, and the tables are written for many answers at a time. What a
 * dead process leaves behind is read by the next one that opens the ledger.
 */
export interface Journal {
  /** @param entry one line of JSON */
  append(entry: string): void;
  /** What comes from now on belongs to the next batch; call the result once all before it is in the tables. */
  cut(): () => void;
  /** @param keep for entries that are in no table yet: the next process that opens the ledger reads them */
  close(options?: { keep: boolean }): Promise<void>;
}

const NAME = /\.answers-(?<uuid>[0-9a-f-]{36})-[ab]\.jsonl$/;

/** Opens a journal beside the ledger's file, or where that would be: a machine of its own may have no such folder yet. */
export function openJournal(ledger: string, owner: Owner): Journal {
  mkdirSync(dirname(ledger), { recursive: true });
  const id = randomUUID();
  const files = (['a', 'b'] as const).map((half) => {
    const path = `${ledger}.answers-${id}-${half}.jsonl`;
    // Appending: after it is emptied, a file that is written at its old offset begins with a hole, and its first entry is lost.
    const file = openSync(path, 'ax');
    const header = `${JSON.stringify({ owner })}\n`;
    writeSync(file, header);
    return { path, file, header };
  });
  let current = 0;
  return {
    append: (entry) => void writeSync(files[current]!.file, `${entry}\n`),
    cut: () => {
      const written = files[current]!;
      current = 1 - current;
      return () => {
        ftruncateSync(written.file, 0);
        writeSync(written.file, written.header);
      };
    },
    close: async ({ keep } = { keep: false }) => {
      for (const { file, path } of files) {
        closeSync(file);
        if (!keep) await rm(path, { force: true });
      }
    },
  };
}

/**
 * Gives what dead processes left in their journals to `keep`, each journal once, and removes it after. What may be of a dead process of
 * another machine is waited for: its calls would be paid again.
 */
export async function adoptJournals<Entry>(
  ledger: string,
  owners: Pick<Owners, 'isAlive' | 'isAliveForSure'>,
  keep: (entries: Entry[]) => Promise<void>,
): Promise<void> {
  const folder = dirname(ledger);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(ledger)}.answers-`) || !NAME.test(name)) continue;
    const path = join(folder, name);
    const [header, ...entries] = await readLines(path);
    const owner = (header as { owner?: Owner } | undefined)?.owner;
    if (owner && (await (entries.length > 0 ? owners.isAliveForSure(owner) : owners.isAlive(owner)))) continue;
    // Of two processes that open the ledger at once, the one that renames it reads it. One that dies here leaves it for the next.
    const taken = path.replace(NAME, `.answers-${randomUUID()}-a.jsonl`);
    try {
      await rename(path, taken);
    } catch {
      continue;
    }
    if (entries.length > 0) await keep(entries as Entry[]);
    await rm(taken, { force: true });
  }
}

/** The last line of a process that died may be cut: that call was in flight. */
async function readLines(path: string): Promise<unknown[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line): unknown[] => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}
