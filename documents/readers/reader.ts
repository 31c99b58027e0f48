import type { DocumentProblem } from '../../common/errors.ts';
import type { Block } from './block.ts';
import type { LeftOut } from './leave-out.ts';

/** What a file says, or why it can't be read. */
export type FileRead =
  | {
      status: 'read';
      /** Line ends are \n. */
      text: string;
      metadata: Record<string, unknown>;
      /** What the text itself gives as its title. */
      title?: string | undefined;
      leftOut: readonly LeftOut[];
    }
  | { status: 'refused'; problem: Omit<DocumentProblem, 'file'> };

/** Reads files of one format. A text is kept as its reader gave it: `blocks` finds the same parts in it whenever it is asked. */
export interface DocumentReader {
  /** Of its files' names, in lower case, with the dot. */
  endings: readonly string[];
  read(bytes: Uint8Array): FileRead;
  blocks(text: string): Iterable<Block>;
}
