import type { Corrections } from '../../schema/corrections.ts';
import { wordOf } from './figures.ts';
import { ECHO_ARM, INCUMBENT_ARM, LOOKUP_ARM, type Evaluation } from '../../schema/evaluation.ts';

/** What the documents changed, for people: who answers it right. */

/** A line or two; none where nothing changed, or nothing serves. */
export function correctionLines(evaluation: Pick<Evaluation, 'corrections' | 'models'>, candidate: string): string[] {
  const { corrections } = evaluation;
  if (!corrections) return [];
  const since = `documents since version ${corrections.since}`;
  if (corrections.status === 'unknown') return [`${since}: not compared: ${corrections.why}`];
  const { facts, questions, right, still } = corrections;
  const counted = changedWords(corrections);
  if (counted === undefined) return [];
  if (facts === 0) return [`${since}: ${counted}; no question asks for that`];
  const arms = [ECHO_ARM, LOOKUP_ARM, INCUMBENT_ARM, candidate].flatMap((arm) => {
    const name = arm === INCUMBENT_ARM ? 'serves' : arm === candidate ? wordOf(evaluation, candidate) : arm;
    const old = (still[arm] ?? 0) > 0 ? ` (${still[arm]} as it was before)` : '';
    return right[arm] === undefined ? [] : `${name} ${right[arm]}${old}`;
  });
  return [
    `${since}: ${counted}; ${plural(facts, 'fact')} of it asked by ${plural(questions, 'question')}, right: ${arms.join(', ')}`,
  ];
}

/** `1 statement changed, 2 added`; undefined where nothing did. */
export function changedWords({
  changed,
  added,
  removed,
}: Pick<Extract<Corrections, { status: 'known' }>, 'changed' | 'added' | 'removed'>): string | undefined {
  const parts = [
    ...(changed > 0 ? [`${changed} changed`] : []),
    ...(added > 0 ? [`${added} added`] : []),
    ...(removed > 0 ? [`${removed} removed`] : []),
  ];
  if (parts.length === 0) return undefined;
  const first = changed || added || removed;
  return parts.join(', ').replace(/^\d+/, (number) => `${number} statement${first === 1 ? '' : 's'}`);
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
