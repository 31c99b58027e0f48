import { type Unit, unitsOf } from '../documents/units.ts';
import type { Draft, Fact, Skipped } from './drafts.ts';
import { plainText } from './words/plain.ts';
import { contentWords } from './words/content-words.ts';
import { topicOf } from './words/topic.ts';
import { sectionFacts } from './sections.ts';
import { listDrafts, statementDrafts } from './statements.ts';
import type { Conjugator } from './words/tokens.ts';
import { isSafe } from './forms/trust.ts';
import { MIN_WORDINGS, wordingsOf } from './wordings.ts';

/**
 * Everything that can be asked of a passage, in its order, and each unit that nothing is asked of, with the reason. What
 * can be asked for by itself comes first, then the heading's questions for what is left.
 */
export function factsOf(
  passage: string,
  { path, count, verbs }: { path: readonly string[]; count: number; verbs: Conjugator },
): { facts: Fact[]; skipped: Skipped[] } {
  const units = unitsOf(passage);
  const topic = topicOf(path, passage);
  const why = new Map<Unit, string>();
  const context = { passage, topic, verbs, why };
  const drafts = [...listDrafts(units, context), ...statementDrafts(units, context)];
  drafts.sort((a, b) => (a.units[0]?.start ?? 0) - (b.units[0]?.start ?? 0));
  const asking = new Asking(units, { passage, why, count });
  for (const draft of drafts) {
    const gaps = draft.gaps.filter((gap) => isSafe(gap, topic));
    if (gaps.length > 0) asking.add({ ...draft, gaps });
    else for (const unit of draft.units) if (!why.has(unit)) why.set(unit, 'no-safe-question');
  }
  for (const { fact, units: told } of sectionFacts(units, { ...context, covered: asking.covered, count }))
    asking.tell(fact, told);
  const { facts, covered } = asking.done();
  const skipped = units
    .filter((unit) => !covered.has(unit))
    .map((unit) => ({ quote: unit.text, why: why.get(unit) ?? 'no-statement' }));
  return { facts, skipped };
}

/** What is asked so far: no question twice, and each unit that a fact rests on. */
class Asking {
  readonly covered = new Set<Unit>();
  readonly #asked = new Set<string>();
  readonly #facts: { fact: Fact; at: number }[] = [];
  readonly #contents: { unit: Unit; words: ReadonlySet<string> }[];
  readonly #passage: string;
  readonly #units: readonly Unit[];
  readonly #why: Map<Unit, string>;
  readonly #count: number;

  constructor(
    units: readonly Unit[],
    { passage, why, count }: { passage: string; why: Map<Unit, string>; count: number },
  ) {
    this.#passage = passage;
    this.#units = units;
    this.#why = why;
    this.#count = count;
    this.#contents = units.map((unit) => ({ unit, words: contentWords(plainText(unit.text)) }));
  }

  add(draft: Draft): void {
    const others = this.#contents.filter(({ unit }) => !draft.units.includes(unit));
    const clear = draft.gaps.filter(({ direct, names }) => names || !answeredElsewhere(direct, others));
    const wordings = wordingsOf(clear, Math.max(this.#count, MIN_WORDINGS));
    const questions = wordings.filter((question) => !this.#asked.has(question.toLowerCase()));
    if (questions.length < MIN_WORDINGS) {
      const reason = clear.length === 0 ? 'ambiguous' : wordings.length < MIN_WORDINGS ? 'few-wordings' : 'repeated';
      for (const unit of draft.units) if (!this.#why.has(unit)) this.#why.set(unit, reason);
      return;
    }
    const quotes = draft.quote === undefined ? draft.units.map(({ text }) => text) : [draft.quote];
    // The lead-in of a list stands before its quote.
    const told = draft.quote === undefined ? draft.units : draft.units.slice(1);
    this.#tell({ questions, answer: draft.answer, quotes, kind: draft.kind }, told);
  }

  /** A fact that is told only if none of its questions is asked already. */
  tell(fact: Fact, units: readonly Unit[]): void {
    if (fact.questions.some((question) => this.#asked.has(question.toLowerCase()))) return;
    this.#tell(fact, units);
  }

  done(): { facts: Fact[]; covered: ReadonlySet<Unit> } {
    return { facts: this.#facts.sort((a, b) => a.at - b.at).map(({ fact }) => fact), covered: this.covered };
  }

  #tell(fact: Fact, units: readonly Unit[]): void {
    for (const question of fact.questions) this.#asked.add(question.toLowerCase());
    // A quote is found where it stands first, which may be in another unit than the one that was read.
    for (const quote of fact.quotes) {
      const at = this.#passage.indexOf(quote);
      for (const unit of this.#units) if (unit.start < at + quote.length && at < unit.end) this.covered.add(unit);
    }
    for (const unit of units) if (!this.covered.has(unit)) this.#why.set(unit, 'repeated');
    const questions = fact.questions.slice(0, this.#count);
    this.#facts.push({ fact: { ...fact, questions }, at: units[0]?.start ?? 0 });
  }
}

/** True where another unit has all words of the question: it would be answered twice. */
function answeredElsewhere(question: string, others: readonly { words: ReadonlySet<string> }[]): boolean {
  const about = contentWords(question);
  return about.size === 0 || others.some(({ words }) => [...about].every((word) => words.has(word)));
}
