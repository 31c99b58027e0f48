import { type Unit, unitsOf } from '../../datasets/units.ts';
import type { Asked } from './forms.ts';
import { headingGaps, type HeadingQuestion } from './headings.ts';
import { listFact } from './lists.ts';
import { plainText, whyNothing, withoutHeading } from './plain.ts';
import { contentWords, planSentence } from './plan.ts';
import { type Referent, type Topic, topicOf } from './referents.ts';
import { rowFacts } from './tables.ts';
import { sharedThing } from './shared-thing.ts';
import type { Conjugator } from './tokens.ts';
import { aboutGaps } from './topics.ts';
import { wordingsOf } from './wordings.ts';

/** Fewer wordings than this and a fact is left out: one could not be held out and still leave enough to learn from. */
const MIN_WORDINGS = 4;
const MAX_ANSWER_WORDS = 80;
/** A section's question is answered by the section, as far as one would read it out. */
const MAX_SECTION_WORDS = 120;
/** So much of a section tells of what its heading says, in whatever words. */
const MIN_SECTION_WORDS = 35;
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
    // The lead-in of a list stands before its quote.
    for (const [i, unit] of draft.units.entries()) if (draft.quote === undefined || i > 0) covered.add(unit);
    const quotes = draft.quote === undefined ? draft.units.map(({ text }) => text) : [draft.quote];
    return [{ questions: questions.slice(0, count), answer: draft.answer, quotes, kind: draft.kind }];
  });
  oneOfEach(units, covered, why);
  const heading = headingFact(units, { topic, passage, covered, why, count });
  if (heading && !heading.fact.questions.some((question) => asked.has(question.toLowerCase()))) {
    for (const unit of heading.units) covered.add(unit);
    for (const question of heading.fact.questions) asked.add(question.toLowerCase());
    facts.unshift(heading.fact);
  }
  for (const { fact, units: run } of runFacts(units, { covered, why, count })) {
    if (fact.questions.some((question) => asked.has(question.toLowerCase()))) continue;
    for (const question of fact.questions) asked.add(question.toLowerCase());
    for (const unit of run) covered.add(unit);
    facts.push(fact);
  }
  oneOfEach(units, covered, why);
  const skipped = units
    .filter((unit) => !covered.has(unit))
    .map((unit) => ({ quote: unit.text, why: why.get(unit) ?? 'no-statement' }));
  return { facts, skipped };
}

/** A quote is found where it stands first: of a unit that stands there twice the second is none that a fact rests on. */
function oneOfEach(units: readonly Unit[], covered: Set<Unit>, why: Map<Unit, string>): void {
  const first = new Map<string, Unit>();
  for (const unit of units) {
    const twin = first.get(unit.text);
    if (!twin) first.set(unit.text, unit);
    else if (covered.delete(unit)) {
      covered.add(twin);
      why.set(unit, 'repeated');
    }
  }
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
      const found = headingAnswer(units, ask, { covered, why, count, ill: topic.condition !== undefined });
      if (found) return found;
    }
  } catch {
    // A heading that can't be read asks nothing.
  }
  return undefined;
}

/** True of a unit that can be told in a longer answer. */
function statesAlone(unit: Unit, why: ReadonlyMap<Unit, string>): boolean {
  const text = plainText(unit.text);
  return (
    unit.kind !== 'table-row' &&
    whyNothing(text) === undefined &&
    !NO_STATEMENT.has(why.get(unit) ?? '') &&
    /[.!]["'\u201d)]*$/.test(text) &&
    text.split(' ').length > 3
  );
}

/** What no question of its own covers, where it speaks of one thing: "What should I know about clinical trials?" */
function runFacts(
  units: readonly Unit[],
  { covered, why, count }: { covered: ReadonlySet<Unit>; why: ReadonlyMap<Unit, string>; count: number },
): { fact: Fact; units: Unit[] }[] {
  const runs: Unit[][] = [];
  let open = false;
  let words = 0;
  for (const unit of units) {
    const text = plainText(unit.text);
    const fits = unit.kind === 'sentence' && statesAlone(unit, why) && !covered.has(unit);
    const size = text.split(' ').length;
    if (fits && open && words + size <= MAX_SECTION_WORDS) runs.at(-1)!.push(unit);
    else if (fits && !FOLLOWING.test(text)) runs.push([unit]);
    else {
      open = false;
      continue;
    }
    words = runs.at(-1)!.length === 1 ? size : words + size;
    open = true;
  }
  return runs.flatMap((run) => {
    const thing = sharedThing(run.map(({ text }) => plainText(text)));
    const questions = thing === undefined ? [] : wordingsOf(aboutGaps(thing), Math.max(count, MIN_WORDINGS));
    if (questions.length < MIN_WORDINGS) return [];
    const answer = run.map(({ text }) => finished(withoutHeading(plainText(text)))).join(' ');
    return [
      {
        fact: { questions: questions.slice(0, count), answer, quotes: run.map(({ text }) => text), kind: 'factual' },
        units: run,
      },
    ];
  });
}

function headingAnswer(
  units: readonly Unit[],
  { gaps, answeredBy, speaksOf }: HeadingQuestion,
  {
    covered,
    why,
    count,
    ill,
  }: { covered: ReadonlySet<Unit>; why: ReadonlyMap<Unit, string>; count: number; ill: boolean },
): { fact: Fact; units: Unit[] } | undefined {
  const chosen: Unit[] = [];
  let words = 0;
  for (const unit of units) {
    const text = plainText(unit.text);
    const states = statesAlone(unit, why);
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
    if (
      chosen.length === 0 &&
      answeredBy &&
      (!answeredBy.test(withoutHeading(text)) || BESIDE.test(withoutHeading(text)))
    )
      continue;
    if (words + size > MAX_SECTION_WORDS) break;
    words += size;
    chosen.push(unit);
  }
  // What is asked about already is told only between what is not.
  while (chosen.length > 1 && covered.has(chosen.at(-1)!)) chosen.pop();
  words = chosen.reduce((sum, unit) => sum + plainText(unit.text).split(' ').length, 0);
  if (words < 6 || chosen.every((unit) => covered.has(unit))) return undefined;
  // One statement of many hardly answers "What should I know about this illness?".
  if (ill && !answeredBy && chosen.length < 2 && !opensWith(gaps[0]?.direct ?? '', chosen)) return undefined;
  const questions = wordingsOf(gaps, Math.max(count, MIN_WORDINGS));
  if (questions.length < MIN_WORDINGS) return undefined;
  const answer = chosen.map((unit) => finished(withoutHeading(plainText(unit.text)))).join(' ');
  if (speaksOf && words < MIN_SECTION_WORDS && !speaksOf.test(answer)) return undefined;
  const kind = /\b(?:never|must not|not allowed|emergency|forbidden)\b/i.test(answer) ? 'safety' : 'factual';
  return {
    fact: { questions: questions.slice(0, count), answer, quotes: chosen.map(({ text }) => text), kind },
    units: chosen,
  };
}

const opensWith = (question: string, [unit]: readonly Unit[]): boolean => {
  const opening = contentWords(
    plainText(unit?.text ?? '')
      .split(' ')
      .slice(0, 5)
      .join(' '),
  );
  return [...contentWords(question)].some((word) => word !== 'know' && opening.has(word));
};

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
    const again = items.findIndex((item, i) => i > 1 && repeats(item, items.slice(0, i)));
    for (const item of again < 0 ? [] : items.splice(again)) why.set(item, 'repeated');
    if (items.length === 0) return [];
    try {
      const fact = listFact(lead, items, { verbs, topic });
      if (typeof fact === 'string') {
        const says = whyNothing(plainText(lead.text));
        for (const unit of [lead, ...items]) {
          const own = whyNothing(plainText(unit.text));
          why.set(unit, says === 'reference' ? says : own === undefined || own === 'fragment' ? fact : own);
        }
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

/** "fever chills cough" behind "fever", "chills" and "cough": a list that stands there twice, once without its marks. */
function repeats(item: Unit, before: readonly Unit[]): boolean {
  const text = plainText(item.text);
  const rest = before.reduce((left, { text: one }) => left.replace(plainText(one), ''), text);
  return text.split(' ').length > 3 && rest.replace(/[^\p{L}]/gu, '').length < 3;
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

/** Says something beside the section's answer. */
const BESIDE =
  /^(?:now|then|also|however|but|see|another|other|for (?:more|example)|new (?:ways|types))\b|^(?:\S+ ){1,4}also\b|\b(?:this|these) (?:symptom|sign|cause|treatment|test)|\bbeing studied\b|\bstudies (?:is|are) under way\b|\bfrequenc(?:y|ies)\b|\b(?:is|are) called\b/i;

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
    if (unit.leadIn !== undefined && /^\p{Ll}/u.test(text) && !/[.!]$/.test(text))
      return { drafts: [], why: 'no-safe-question' };
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
