import { type Unit, unitsOf } from '../../datasets/units.ts';
import type { Asked } from './forms.ts';
import { headingGaps, type HeadingQuestion } from './headings.ts';
import { listFact } from './lists.ts';
import { plainText, whyNothing, withoutHeading } from './plain.ts';
import { contentWords, planSentence } from './plan.ts';
import { type Referent, type Topic, topicOf } from './referents.ts';
import { rowFacts } from './tables.ts';
import type { Conjugator } from './tokens.ts';
import { wordingsOf } from './wordings.ts';

/** Fewer wordings than this and a fact is left out: one could not be held out and still leave enough to learn from. */
const MIN_WORDINGS = 4;
const MAX_ANSWER_WORDS = 60;
/** What adds nothing to an answer. */
const NO_STATEMENT = new Set(['question', 'reference', 'link', 'fragment', 'lead-in', 'title', 'failed']);

export interface Fact {
  questions: string[];
  answer: string;
  quotes: string[];
  kind: 'factual' | 'safety';
}

export interface Skipped {
  quote: string;
  why: string;
}

interface Draft {
  gaps: Asked[];
  answer: string;
  units: readonly Unit[];
  quote?: string;
  kind: Fact['kind'];
  /** Asks about a subject at large: whatever is said next about it belongs to the answer. */
  open?: boolean;
}

/** Everything that can be asked of a passage, in its order, and each unit that nothing is asked of, with the reason. */
export function factsOf(
  passage: string,
  { path, count, verbs }: { path: readonly string[]; count: number; verbs: Conjugator },
): { facts: Fact[]; skipped: Skipped[] } {
  const units = unitsOf(passage);
  const topic = topicOf(path, passage);
  const why = new Map<Unit, string>();
  const drafts = [...lists(units, { passage, topic, verbs, why }), ...singles(units, { passage, topic, verbs, why })];
  drafts.sort((a, b) => (a.units[0]?.start ?? 0) - (b.units[0]?.start ?? 0));
  const contents = units.map((unit) => ({ unit, words: contentWords(plainText(unit.text)) }));
  const asked = new Set<string>();
  const covered = new Set<Unit>();
  const facts = drafts.flatMap((draft): Fact[] => {
    const others = contents.filter(({ unit }) => !draft.units.includes(unit));
    const clear = draft.gaps.filter(({ direct, names }) => names || !answeredElsewhere(direct, others));
    const wordings = wordingsOf(clear, Math.max(count, MIN_WORDINGS));
    const questions = wordings.filter((question) => !asked.has(question.toLowerCase()));
    if (questions.length < MIN_WORDINGS) {
      for (const unit of draft.units)
        if (!why.has(unit))
          why.set(
            unit,
            clear.length === 0 ? 'ambiguous' : wordings.length < MIN_WORDINGS ? 'few-wordings' : 'repeated',
          );
      return [];
    }
    for (const question of questions) asked.add(question.toLowerCase());
    for (const unit of draft.units) if (draft.quote === undefined || unit.kind === 'list-item') covered.add(unit);
    const quotes = draft.quote === undefined ? draft.units.map(({ text }) => text) : [draft.quote];
    return [{ questions: questions.slice(0, count), answer: draft.answer, quotes, kind: draft.kind }];
  });
  const heading = headingFact(units, { topic, passage, covered, why, count });
  if (heading && !heading.fact.questions.some((question) => asked.has(question.toLowerCase()))) {
    for (const unit of heading.units) covered.add(unit);
    facts.unshift(heading.fact);
  }
  const skipped = units
    .filter((unit) => !covered.has(unit))
    .map((unit) => ({ quote: unit.text, why: why.get(unit) ?? 'no-statement' }));
  return { facts, skipped };
}

/** The heading's own question, answered by the first statements below it, or by those that nothing else asks about. */
function headingFact(
  units: readonly Unit[],
  {
    topic,
    passage,
    covered,
    why,
    count,
  }: { topic: Topic; passage: string; covered: ReadonlySet<Unit>; why: ReadonlyMap<Unit, string>; count: number },
): { fact: Fact; units: Unit[] } | undefined {
  try {
    for (const ask of headingGaps(topic, passage)) {
      const found = headingAnswer(units, ask, { covered, why, count });
      if (found) return found;
    }
  } catch {
    // A heading that can't be read asks nothing.
  }
  return undefined;
}

function headingAnswer(
  units: readonly Unit[],
  { gaps, answeredBy }: HeadingQuestion,
  { covered, why, count }: { covered: ReadonlySet<Unit>; why: ReadonlyMap<Unit, string>; count: number },
): { fact: Fact; units: Unit[] } | undefined {
  const chosen: Unit[] = [];
  let words = 0;
  for (const unit of units) {
    const text = plainText(unit.text);
    const reason = why.get(unit);
    const states =
      unit.kind !== 'table-row' &&
      whyNothing(text) === undefined &&
      !(reason !== undefined && NO_STATEMENT.has(reason)) &&
      /[.!]["'\u201d)]*$/.test(text) &&
      text.split(' ').length > 3;
    const size = text.split(' ').length;
    if (!states) {
      if (chosen.length > 0) break;
      continue;
    }
    if (
      chosen.length === 0 &&
      (FOLLOWING.test(text) ||
        (covered.has(unit) && units.some((other) => !covered.has(other) && other.start > unit.start)))
    )
      continue;
    if (chosen.length === 0 && answeredBy && !answeredBy.test(withoutHeading(text))) continue;
    if (words + size > MAX_ANSWER_WORDS) break;
    words += size;
    chosen.push(unit);
  }
  if (words < 6 || chosen.every((unit) => covered.has(unit))) return undefined;
  const questions = wordingsOf(gaps, Math.max(count, MIN_WORDINGS));
  if (questions.length < MIN_WORDINGS) return undefined;
  const answer = chosen.map((unit) => finished(withoutHeading(plainText(unit.text)))).join(' ');
  const kind = /\b(?:never|must not|not allowed|emergency|forbidden)\b/i.test(answer) ? 'safety' : 'factual';
  return {
    fact: { questions: questions.slice(0, count), answer, quotes: chosen.map(({ text }) => text), kind },
    units: chosen,
  };
}

/** True where another unit has all words of the question: it would be answered twice. */
function answeredElsewhere(question: string, others: readonly { words: ReadonlySet<string> }[]): boolean {
  const about = contentWords(question);
  return about.size === 0 || others.some(({ words }) => [...about].every((word) => words.has(word)));
}

/** Lists as wholes: each lead-in with its items. */
function lists(units: readonly Unit[], { passage, topic, verbs, why }: Context): Draft[] {
  return units.flatMap((lead, at): Draft[] => {
    const says = plainText(lead.text);
    const items: Unit[] = [];
    for (
      let i = at + 1;
      units[i]?.kind === 'list-item' && units[i]!.leadIn !== undefined && plainText(units[i]!.leadIn!) === says;
      i++
    )
      items.push(units[i]!);
    if (items.length === 0) return [];
    try {
      const fact = listFact(lead, items, { verbs, topic });
      if (typeof fact === 'string') {
        for (const unit of [lead, ...items]) why.set(unit, fact);
        return [];
      }
      // The lead-in may stand before the passage proper, where a quote would not be found.
      const quote = passage.slice(items[0]!.start, items.at(-1)!.end);
      why.set(lead, 'lead-in');
      return [
        {
          ...fact,
          quote,
          kind: /\b(?:never|not|must|danger|emergency|fire|call)\b/i.test(fact.answer) ? 'safety' : 'factual',
        },
      ];
    } catch {
      for (const unit of [lead, ...items]) why.set(unit, 'failed');
      return [];
    }
  });
}

interface Context {
  passage: string;
  topic: Topic;
  verbs: Conjugator;
  why: Map<Unit, string>;
}

/** Sentences, rows and items that state something by themselves. */
function singles(units: readonly Unit[], { passage, topic, verbs, why }: Context): Draft[] {
  const drafts: Draft[] = [];
  const seen = new Set<string>();
  let previous: Referent | undefined;
  let last: { unit: Unit; draft: Draft | undefined } | undefined;
  for (const unit of units) {
    const text = plainText(unit.text);
    const near =
      last !== undefined &&
      last.unit.kind === unit.kind &&
      !/\n\s*\n|\n\s*(?:[-*+]|\d+[.)]) /.test(passage.slice(last.unit.end, unit.start)) &&
      !/^\s*[-*\u2022]\s/.test(passage.slice(last.unit.end, unit.start));
    if (!near) previous = undefined;
    const result = draftsOf(unit, text, { topic, verbs, previous });
    const repeated = seen.has(text.toLowerCase());
    seen.add(text.toLowerCase());
    if (result.drafts.length > 0 && !repeated) {
      drafts.push(...result.drafts);
      last = { unit, draft: result.drafts.at(-1) };
    } else {
      const goesOn = FOLLOWING.test(text) || (last?.draft?.open === true && sharesWord(last.draft.answer, text));
      const follows =
        near && result.why !== undefined && goesOn && !NO_STATEMENT.has(result.why) && unit.kind !== 'table-row';
      const draft = follows ? last?.draft : undefined;
      if (draft && `${draft.answer} ${text}`.split(' ').length <= MAX_ANSWER_WORDS) {
        draft.answer = `${draft.answer} ${text}`;
        draft.units = [...draft.units, unit];
        last = { unit, draft };
      } else {
        why.set(unit, repeated ? 'repeated' : (why.get(unit) ?? result.why ?? 'no-statement'));
        last = { unit, draft: undefined };
      }
    }
    previous = result.referent;
  }
  return drafts;
}

/** A sentence that goes on with the one before: it is told with it. */
const FOLLOWING =
  /^(?:it|they|this|these|that|those|such|its|their|he|she|do not|don't|here|there|in this|in these|in such|for this|because of this|as a result|otherwise|however, (?:it|they|this|these)|also, (?:it|they|this|these)|some|others?|both|most|many|one|another|the (?:other|first|second|third|latter|former))\b/i;

const sharesWord = (answer: string, text: string): boolean => {
  const said = contentWords(answer);
  return [...contentWords(text)].some((word) => said.has(word));
};

function draftsOf(
  unit: Unit,
  text: string,
  context: { topic: Topic; verbs: Conjugator; previous: Referent | undefined },
): { drafts: Draft[]; why?: string; referent?: Referent } {
  try {
    if (unit.kind === 'table-row') {
      const rows = rowFacts(unit, context.topic.path.at(-1) ?? '');
      const why = unit.header ? 'no-safe-question' : 'no-header';
      return { drafts: rows.map(({ gaps, answer }) => ({ gaps, answer, units: [unit], kind: 'factual' })), why };
    }
    const nothing = whyNothing(text) ?? (/:$|\bthe following[.:]?$/.test(text) ? 'lead-in' : undefined);
    if (nothing) return { drafts: [], why: nothing };
    const planned = planSentence(text, context);
    const referent = planned.status === 'plan' ? planned.plan.referent : planned.referent;
    if (planned.status === 'skip') return { drafts: [], why: planned.why, ...(referent && { referent }) };
    const { gaps, kind, answer } = planned.plan;
    return {
      drafts: [
        { gaps, answer: finished(answer), units: [unit], kind, open: gaps.every(({ names }) => names === true) },
      ],
      ...(referent && { referent }),
    };
  } catch {
    return { drafts: [], why: 'failed' };
  }
}

/** A list item may lack its capital and its stop. */
function finished(answer: string): string {
  const text = answer.replace(/[,;:]$/, '');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!]["'\u201d\u2019)\]]*$/.test(text) ? '' : '.'}`;
}
