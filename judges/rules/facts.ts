import { inEnglish } from '../applies.ts';
import { readPhrase, says, saysLiterally, type Phrase } from './phrases.ts';
import { readable } from './readable.ts';
import { UNIT_SCALE, type Judge, type Judged, type Subject } from '../types.ts';

/**
 * Expected facts, by rules: which of the facts that a good answer says an answer says, and whether it says something that it must
 * not. Each fact is a phrase with alternatives. The error rate on answers of real models that people labelled is in facts.test.ts.
 */
export interface FactsResult {
  /** The first phrase of each fact that it says. */
  said: string[];
  missing: string[];
  /** What it says although it must not. */
  forbidden: string[];
  /** Why nobody could read it; then it says nothing. */
  unreadable?: string;
}

const phrases = new Map<string, Phrase>();

function phrase(text: string): Phrase {
  const known = phrases.get(text) ?? readPhrase(text);
  if (phrases.size >= 10_000) phrases.clear();
  phrases.set(text, known);
  return known;
}

/** Looks for the expected facts in an answer. Pure, never throws. */
export function findFacts(
  subject: Pick<Subject, 'question' | 'answer' | 'facts' | 'mustNot' | 'references'>,
): FactsResult {
  const { question, answer, facts = [], mustNot = [], references = [] } = subject;
  const names = facts.map(([name = '']) => name);
  const reading = readable(answer, [question, ...references, ...facts.flat()]);
  if (!reading.readable) return { said: [], missing: names, forbidden: [], unreadable: reading.reason };
  const isSaid = facts.map((alternatives) => alternatives.some((one) => says(answer, phrase(one), question)));
  return {
    said: names.filter((_, at) => isSaid[at]),
    missing: names.filter((_, at) => !isSaid[at]),
    forbidden: mustNot.filter((one) => saysLiterally(answer, phrase(one))),
  };
}

const VERSION = 'rule-2';

/** The metric `facts`: the share of the expected facts that an answer says; 0 when it says something that it must not. */
export function createFactsJudge(): Judge {
  return {
    name: 'facts',
    version: VERSION,
    scale: UNIT_SCALE,
    passScore: 1,
    applies: (subject) => (subject.facts?.length ?? 0) > 0 && inEnglish(subject),
    judge: (subject) => Promise.resolve({ judge: 'facts', version: VERSION, ...scoreFacts(findFacts(subject)) }),
  };
}

/** The metric `must-not`: 1 when an answer says nothing of what it must not, else 0; what nobody can read gets 0. */
export function createMustNotJudge(): Judge {
  return {
    name: 'must-not',
    version: VERSION,
    scale: UNIT_SCALE,
    passScore: 1,
    applies: (subject) => (subject.mustNot?.length ?? 0) > 0 && inEnglish(subject),
    judge: (subject) => Promise.resolve({ judge: 'must-not', version: VERSION, ...scoreMustNot(findFacts(subject)) }),
  };
}

type Scored = Pick<Judged, 'label' | 'score' | 'reason'>;

/** What a reading of an answer scores as `facts`. */
export function scoreFacts({ said, missing, forbidden, unreadable }: FactsResult): Scored {
  if (unreadable !== undefined) return { label: 'unreadable', score: 0, reason: `not readable: ${unreadable}` };
  if (forbidden.length > 0) return { label: 'must-not', score: 0, reason: `it says ${quoted(forbidden)}` };
  const all = said.length + missing.length;
  const score = all === 0 ? 0 : said.length / all;
  const label = score === 1 ? 'all' : score === 0 ? 'none' : 'some';
  const lacks = missing.length > 0 ? `; it lacks ${quoted(missing)}` : '';
  return { label, score, reason: `${said.length} of ${all} facts${lacks}` };
}

/** The label of an answer that says what it must not, beside those that nobody can read. */
export const SAYS_FORBIDDEN = 'said';

/** What a reading of an answer scores as `must-not`. */
export function scoreMustNot({ forbidden, unreadable }: FactsResult): Scored {
  if (unreadable !== undefined) return { label: 'unreadable', score: 0, reason: `not readable: ${unreadable}` };
  return forbidden.length > 0
    ? { label: SAYS_FORBIDDEN, score: 0, reason: `it says ${quoted(forbidden)}` }
    : { label: 'not-said', score: 1, reason: 'it says nothing that it must not' };
}

const quoted = (texts: readonly string[]) => texts.map((text) => `'${text}'`).join(', ');
