import { EXPECTED_ENCODING, type Decoded } from '../../common/decode-text.ts';
import type { DocumentProblem } from '../../common/errors.ts';
import type { Block } from './block.ts';

/** A page, slide, sheet or chapter begins here. */
export interface Place {
  /** As people say it: `page 3`. */
  label: string;
  /** Offset into the text, in UTF-16 code units. */
  start: number;
}

/** What one document says. */
export interface DocumentRead {
  /** Line ends are \n. */
  text: string;
  metadata: Record<string, unknown>;
  /** What the text itself gives as its title. */
  title?: string | undefined;
  /** How many comments, pictures, ... are not in the text, by kind. */
  leftOut: Readonly<Record<string, number>>;
  /** Where its pages begin, in order; nothing for a format that has none. */
  places?: readonly Place[];
  /** What of the file could not be read, in words. */
  notes?: readonly string[];
}

/** Why a file can't be read. */
export type Refusal = { status: 'refused'; problem: Omit<DocumentProblem, 'file'> };

/** What a file says: one document, or many with a name each. Refused records are told beside those that could be read. */
export type FileRead =
  | ({ status: 'read' } & DocumentRead)
  | {
      status: 'records';
      records: readonly (DocumentRead & { name: string })[];
      problems: readonly Omit<DocumentProblem, 'file'>[];
    }
  | Refusal;

/** Reads files of one format. A text is kept as its reader gave it: `blocks` finds the same parts in it whenever it is asked. */
export interface DocumentReader {
  /** Of its files' names, in lower case, with the dot. */
  endings: readonly string[];
  /** Another one whenever the same bytes are read otherwise: what an older one read is read again. */
  version: string;
  read(bytes: Uint8Array): FileRead | Promise<FileRead>;
  blocks(text: string): Iterable<Block>;
}

export const refused = (problem: Omit<DocumentProblem, 'file'>): Refusal => ({ status: 'refused', problem });

/** A text that has no letter and no number says nothing. */
export const saysNothing = (text: string): boolean => !/[\p{L}\p{N}]/u.test(text);

/** @param found what the file has instead of text */
export const empty = (found: string): Refusal =>
  refused({ kind: 'empty', found, expected: 'some text', fix: 'write it, or remove the file' });

/** @param found in words, such as `a file that is no PDF` */
export const unreadableFile = (found: string, expected: string, fix: string): Refusal =>
  refused({ kind: 'malformed', found, expected, fix });

/** Bytes that are no text in any encoding that is read. */
export const notText = ({ found, line, fix }: Decoded & { status: 'not-text' }): Refusal =>
  refused({ kind: 'binary', line, found, expected: EXPECTED_ENCODING, fix: `${fix}, or remove it` });

/** What an error of a library says. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
