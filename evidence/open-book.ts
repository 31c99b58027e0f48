import type { Evaluation } from '../schema/evaluation.ts';
import type { OpenBook } from '../schema/retrieval.ts';
import { visible } from './visible.ts';

/** Which documents a candidate answers from, and what it is compared with, in one sentence. Pure. */
export function openBookSentence(
  { serving }: Pick<Evaluation, 'serving'>,
  { candidate, against }: { candidate: string; against: string },
): string | undefined {
  const [own, other] = [candidate, against].map((arm) => serving?.[arm]?.openBook);
  if (!own && !other) return undefined;
  const same = own && other && own.index.sha256 === other.index.sha256;
  return visible(`It answers ${sourceOf(own)}; what it is compared with ${same ? 'from the same' : sourceOf(other)}.`);
}

function sourceOf(openBook: OpenBook | undefined): string {
  if (!openBook) return 'by itself';
  const { index, k, unit } = openBook;
  return `from the index ${index.name}, snapshot ${index.sha256.slice(0, 12)} (${index.passages} passages; ${k} ${unit} to a question)`;
}
