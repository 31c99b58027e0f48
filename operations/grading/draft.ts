import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256Of } from '../../common/hash.ts';
import { PREFERS } from '../../contract/grading.ts';
import { spelling } from '../../contract/people.ts';
import type { Given } from './session.ts';

/** Grades that were given and not sent, in a file of the state folder: who stops goes on there. */

const DraftSchema = z.array(
  z.strictObject({ question: z.number().int().positive(), prefers: z.enum(PREFERS), comment: z.string().optional() }),
);

export interface DraftPlace {
  /** The folder of the state. */
  state: string;
  promotion: string;
  sample: string;
  by: string;
}

const fileOf = ({ state, promotion, sample, by }: DraftPlace) =>
  join(state, 'grading', `${sha256Of(`${promotion}\0${sample}\0${spelling(by)}`).slice(0, 16)}.json`);

/** What was given so far. @throws Error naming the file, where it can't be read */
export function readDraft(place: DraftPlace): Map<number, Given> {
  const file = fileOf(place);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw error;
  }
  try {
    return new Map(DraftSchema.parse(JSON.parse(text)).map(({ question, ...given }) => [question, tidy(given)]));
  } catch (cause) {
    throw new Error(`${file}: found no grades that were kept there; delete it to begin anew`, { cause });
  }
}

/** Written whole or not at all, after each answer. */
export function writeDraft(place: DraftPlace, given: ReadonlyMap<number, Given>): void {
  const file = fileOf(place);
  mkdirSync(join(place.state, 'grading'), { recursive: true });
  writeFileSync(`${file}.tmp`, JSON.stringify([...given].map(([question, one]) => ({ question, ...one }))));
  renameSync(`${file}.tmp`, file);
}

export const deleteDraft = (place: DraftPlace): void => rmSync(fileOf(place), { force: true });

const tidy = ({ prefers, comment }: z.infer<typeof DraftSchema>[number] | Given): Given => ({
  prefers,
  ...(comment !== undefined && { comment }),
});
