import { spelledOut } from '../../schema/plain-text.ts';
import type { Example, Passage, Skipped, TeacherSkip } from '../../schema/data.ts';
import { normalise } from '../../language/text.ts';
import { unitsOf, type Unit } from '../../documents/units.ts';

export interface CoverageCounts {
  unitsTotal: number;
  /** Units that a kept pair rests on. */
  unitsCovered: number;
  /** The others, by reason. */
  unitsSkipped: Record<string, number>;
  /** The documents with the smallest shares, smallest first; none of which every unit gave a pair. */
  worstDocuments: { documentId: string; units: number; covered: number }[];
}

const WORST_TOLD = 10;
const KINDS: readonly Unit['kind'][] = ['sentence', 'list-item', 'table-row'];

/** One passage's units as numbers: no text is held, however many documents there are. */
interface Units {
  starts: Uint32Array;
  ends: Uint32Array;
  kinds: Uint8Array;
  covered: Uint8Array;
  /** By unit: how often each reason rejected a pair that rests on it. */
  rejects?: Map<number, Map<string, number>>;
  /** By unit: why the teacher asked nothing. */
  skips?: Map<number, string>;
  /** Why something that rests on no place of the passage came to nothing: an unread reply, a refusal. */
  failed?: string;
}

/**
 * What became of every sentence, list item and table row of the documents. Passages come first, then every example with its fate and
 * what the teacher skipped, then `rows` says of each passage which units gave no kept pair, and why.
 */
export class Coverage {
  readonly #passages = new Map<string, Units>();
  readonly #documents = new Map<string, { units: number; covered: number }>();
  readonly #skipped = new Map<string, number>();

  addPassage({ id, text }: Passage): void {
    const units = unitsOf(text);
    this.#passages.set(id, {
      starts: Uint32Array.from(units, ({ start }) => start),
      ends: Uint32Array.from(units, ({ end }) => end),
      kinds: Uint8Array.from(units, ({ kind }) => KINDS.indexOf(kind)),
      covered: new Uint8Array(units.length),
    });
  }

  /** @param reason why it is rejected; undefined for what is kept */
  addExample({ chunkId, spans }: Pick<Example, 'chunkId' | 'spans'>, reason: string | undefined): void {
    for (const span of spans) {
      const units = this.#passages.get(span.chunkId);
      if (!units) continue;
      for (const at of under(units, span)) {
        if (reason === undefined) units.covered[at] = 1;
        else count(countsAt(at, (units.rejects ??= new Map())), reason);
      }
    }
    const units = this.#passages.get(chunkId);
    if (units && spans.length === 0 && reason !== undefined) units.failed ??= reason;
  }

  addSkip({ chunkId, why, ...span }: TeacherSkip): void {
    const units = this.#passages.get(chunkId);
    if (!units) return;
    for (const at of under(units, span)) (units.skips ??= new Map()).set(at, why);
  }

  /** The units of a passage that gave no kept pair, counted as they come. Each passage once. */
  *rows({ id, documentId, text, withheld }: Passage): Generator<Skipped, void, undefined> {
    const units = this.#passages.get(id);
    if (!units) return;
    const document = this.#documents.get(documentId) ?? { units: 0, covered: 0 };
    this.#documents.set(documentId, document);
    const said = new Set<string>();
    const textOf = (at: number) => text.slice(units.starts[at], units.ends[at]);
    for (const [at, covered] of units.covered.entries()) if (covered) said.add(normalise(textOf(at)));
    for (const [at, start] of units.starts.entries()) {
      document.units += 1;
      if (units.covered[at]) {
        document.covered += 1;
        continue;
      }
      const own = textOf(at);
      const reason =
        mostOf(units.rejects?.get(at)) ??
        units.skips?.get(at) ??
        (said.has(normalise(own)) ? 'repeated' : (units.failed ?? withheld ?? 'not-asked'));
      count(this.#skipped, reason);
      const kind = KINDS[units.kinds[at]!]!;
      yield { documentId, chunkId: id, start, end: units.ends[at]!, kind, text: spelledOut(own), reason };
    }
  }

  /** The sums, once `rows` has seen every passage. */
  counts(): CoverageCounts {
    const documents = [...this.#documents].map(([documentId, counts]) => ({ documentId, ...counts }));
    const share = ({ units, covered }: { units: number; covered: number }) => covered / Math.max(1, units);
    return {
      unitsTotal: documents.reduce((sum, { units }) => sum + units, 0),
      unitsCovered: documents.reduce((sum, { covered }) => sum + covered, 0),
      unitsSkipped: Object.fromEntries([...this.#skipped].sort(([a], [b]) => (a < b ? -1 : 1))),
      worstDocuments: documents
        .filter(({ units, covered }) => covered < units)
        .sort((a, b) => share(a) - share(b) || b.units - a.units || (a.documentId < b.documentId ? -1 : 1))
        .slice(0, WORST_TOLD),
    };
  }
}

function* under({ starts, ends }: Units, span: { start: number; end: number }): Generator<number, void, undefined> {
  for (let at = 0; at < starts.length; at += 1) if (starts[at]! < span.end && span.start < ends[at]!) yield at;
}

function countsAt(at: number, counts: Map<number, Map<string, number>>): Map<string, number> {
  const found = counts.get(at) ?? new Map<string, number>();
  counts.set(at, found);
  return found;
}

const count = (counts: Map<string, number>, reason: string) => void counts.set(reason, (counts.get(reason) ?? 0) + 1);

/** What most pairs on a unit were rejected for; of equals the first by name. */
function mostOf(reasons: ReadonlyMap<string, number> | undefined): string | undefined {
  return [...(reasons ?? [])].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0]?.[0];
}
