import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { signalGroup, stopGroup, type ProcessIdentity } from '../../common/process-identity.ts';

/** Group 0 and 1 are this process's own and everybody's: a record that names them must never be signalled. */
const RecordSchema = z.object({ pid: z.int().min(2), startTime: z.string() });

const REAP_GRACE_MS = 5_000;

/**
 * Ends the groups of all processes that are recorded in a folder, and removes the records: what a killed start left behind.
 * A process that only got the number of a recorded one is spared. Returns the names of those that still ran.
 */
export async function reapRecords(folder: string): Promise<string[]> {
  const reaped: string[] = [];
  for (const file of readdirSync(folder).sort()) {
    const path = join(folder, file);
    const record = parseRecord(path);
    // Signal 0 only asks: members of a group may outlive their leader.
    if (record && (await signalGroup(record, 0))) {
      await stopGroup(record, REAP_GRACE_MS);
      reaped.push(file.replace(/\.json$/, ''));
    }
    rmSync(path, { force: true });
  }
  return reaped;
}

function parseRecord(path: string): ProcessIdentity | undefined {
  try {
    return RecordSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined; // Half-written by a killed start: it names nobody.
  }
}
