import { inEnglish } from '../applies.ts';
import { readable } from './readable.ts';
import { UNIT_SCALE, type Judge, type Subject } from '../types.ts';

/**
 * Form as a rule: the question asks or requests, the answer is a full sentence; both are of a sane length, balanced, whole,
 * free of loops and of the markup, labels and template marks that models leak.
 */
export interface FormResult {
  label: 'well-formed' | 'malformed';
  score: 0 | 1;
  reason: string;
}

const QUESTION_WORDS = { min: 3, max: 60 };
const ANSWER_WORDS = { min: 3, max: 200 };
const IMPERATIVE =
  /^(?:please,? )?(?:(?:can|could) you )?(?:explain|describe|name|list|tell|give|say|state|define|summari[sz]e|compare|outline|identify|complete|show|i want to know|i would like to know|i'd like to know|let me know)\b/i;
const LEAKS: readonly (readonly [string, RegExp])[] = [
  ['an HTML tag', /<\/?[a-z][^>]*>/i],
  ['a chat template mark', /<\|[^|]*\|>|\[\/?INST\]|<\/?s>|###|<<\/?SYS>>/],
  ['a template placeholder', /\{\{|\}\}|\{[a-z_]+\}|\[(?:insert|your|name|placeholder|todo)\b[^\]]*\]/i],
  ['markdown', /```|\*\*|^\s*(?:[-*] |#{1,6} |\d+\. )|\]\(/m],
  ['JSON', /^\s*[{[]\s*"|"\s*:\s*"/],
  ['a label', /(?:^|\n)\s*(?:q|a|question|answer|user|assistant|system|human|passage|context)\s*\d*\s*:/i],
  ['a remark about being a model', /\bas an? (?:ai|language model|assistant language)\b/i],
];
/** A stop may follow "it is." and "used for.", never an article or a conjunction; "A" may be a vitamin. */
const TRUNCATED =
  /(?:\b(?:the|a|an|and|or|because|which)\s*[.?!]|\b(?:[Tt]he|a|an|of|[Aa]nd|[Oo]r|to|with|for|in|by|that|which|because|is|are)|[,;:\-–—]|\.\.\.|…)\s*["')\]]*$/;

/** Judges the form of one pair. Pure. */
export function judgeForm({ question, answer }: Pick<Subject, 'question' | 'answer'>): FormResult {
  const problem = questionProblem(question.trim()) ?? answerProblem(answer.trim());
  return problem
    ? { label: 'malformed', score: 0, reason: problem }
    : { label: 'well-formed', score: 1, reason: 'question and answer are whole' };
}

function questionProblem(question: string): string | undefined {
  const count = wordCount(question);
  if (count < QUESTION_WORDS.min) return `the question has ${count} words, at least ${QUESTION_WORDS.min} are expected`;
  if (count > QUESTION_WORDS.max) return `the question has ${count} words, at most ${QUESTION_WORDS.max} are expected`;
  if (!question.endsWith('?') && !IMPERATIVE.test(question))
    return 'the question neither ends with ? nor starts with a request';
  return common('question', question, /\b(?:the|a|an|and|or|because)\s*[.?!]?$|[,;:\-–—]\s*\??$|(?:\.\.\.|…)\s*\??$/i);
}

function answerProblem(answer: string): string | undefined {
  const count = wordCount(answer);
  if (count < ANSWER_WORDS.min) return `the answer has ${count} words, at least ${ANSWER_WORDS.min} are expected`;
  if (count > ANSWER_WORDS.max) return `the answer has ${count} words, at most ${ANSWER_WORDS.max} are expected`;
  if (!/^["'(]?[\p{Lu}\p{N}]/u.test(answer)) return 'the answer does not start as a sentence does';
  const cut = common('answer', answer, TRUNCATED);
  if (cut) return cut;
  return /[.!?]["')\]]*$/.test(answer) ? undefined : 'the answer does not end as a sentence does';
}

function common(what: string, text: string, truncated: RegExp): string | undefined {
  const leak = LEAKS.find(([, pattern]) => pattern.test(text));
  if (leak) return `the ${what} has ${leak[0]} in it`;
  if (/[\p{Cc}\p{Co}\uFFFD]/u.test(text.replace(/[\n\t]/g, ' ')))
    return `the ${what} has a character that nobody types`;
  if (truncated.test(text)) return `the ${what} is cut off`;
  const open = unbalanced(text);
  if (open) return `the ${what} has an unbalanced ${open}`;
  const reading = readable(text);
  return reading.readable ? undefined : `the ${what} is not readable: ${reading.reason}`;
}

const wordCount = (text: string) => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

function unbalanced(text: string): string | undefined {
  for (const [open, close] of ['()', '[]', '{}', '“”'] as const) {
    let depth = 0;
    for (const character of text) {
      if (character === open) depth += 1;
      if (character === close) depth -= 1;
      if (depth < 0) return close;
    }
    if (depth > 0) return open;
  }
  return (text.match(/"/g)?.length ?? 0) % 2 === 1 ? '"' : undefined;
}

/** The rule as a judge: filters pairs. */
export function createWellFormedJudge(): Judge {
  const version = 'rule-2';
  return {
    name: 'well-formed',
    version,
    scale: UNIT_SCALE,
    passScore: 1,
    applies: inEnglish,
    judge: async (subject) => ({ judge: 'well-formed', version, ...judgeForm(subject) }),
  };
}
