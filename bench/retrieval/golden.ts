import { readFile } from 'node:fs/promises';

/** Questions of people, and the sentences of the documents that answer them. */

export interface Asked {
  question: string;
  /** As they stand in the documents, in `plain` words. */
  evidence: string[];
  /** The file that they stand in, where the suite says it. */
  document?: string;
}

/** Too short to be told from other sentences. */
const FEWEST_WORDS = 5;

/** Letters and digits alone, so that how a reader lays a text out makes no difference. */
export const plain = (text: string): string => ` ${(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' ')} `;

/**
 * A suite's questions with what answers them: `contexts` where the suite has them; else the sentences of the reference answer that stand in
 * the document it names. Questions without either are left out, and counted.
 */
export async function readGolden(
  path: string,
  textOf: (document: string) => string | undefined,
): Promise<{ asked: Asked[]; left: number }> {
  const rows = (await readFile(path, 'utf8')).split('\n').filter(Boolean);
  const all = rows.map((line): Asked => {
    const { question, answer = '', contexts, document } = JSON.parse(line) as Row;
    if (contexts) return { question, evidence: contexts.map(plain) };
    const text = document === undefined ? '' : plain(textOf(document) ?? '');
    const evidence = answer
      .split(/(?<=[.?!:])\s+|\s-\s/)
      .map(plain)
      .filter((sentence) => sentence.split(' ').length - 2 >= FEWEST_WORDS && text.includes(sentence));
    return { question, evidence, ...(document !== undefined && { document }) };
  });
  const asked = all.filter(({ evidence }) => evidence.length > 0);
  return { asked, left: all.length - asked.length };
}

interface Row {
  question: string;
  answer?: string;
  contexts?: string[];
  document?: string;
}

export interface Shown {
  text: string;
  document?: string;
}

/** The first passages, as many as have so many words together: what a prompt has room for, whatever its passages' length. */
export function within<One extends Shown>(words: number, found: readonly One[]): One[] {
  let left = words;
  return found.filter(({ text }) => (left -= plain(text).split(' ').length - 2) >= 0);
}

/** Whether what was found has a sentence that answers, and the share of them that it has. */
export function scoreOf(
  { evidence, document }: Asked,
  found: readonly Shown[],
): { right: boolean; share: number; reciprocal: number } {
  const texts = found.map((one) =>
    document === undefined || one.document === undefined || one.document === document ? plain(one.text) : '',
  );
  const first = texts.findIndex((text) => evidence.some((sentence) => text.includes(sentence)));
  const said = evidence.filter((sentence) => texts.some((text) => text.includes(sentence)));
  return { right: first >= 0, share: said.length / evidence.length, reciprocal: first < 0 ? 0 : 1 / (first + 1) };
}
