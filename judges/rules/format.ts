import { judgeName, type FormatJudgeSpec } from '../../configs/judge-schema.ts';
import { normalise, sentences } from '../../language/text.ts';
import { UNIT_SCALE, type Judge } from '../types.ts';
import { versionOf } from '../version.ts';

/**
 * The form that a config asks of answers: their length, a pattern, what they may not say.
 * @throws Error when `matches` is no regular expression
 */
export function createFormatJudge(spec: Omit<FormatJudgeSpec, 'judge'>): Judge {
  const name = judgeName({ judge: 'format', ...spec });
  const version = versionOf(spec);
  const pattern = spec.matches === undefined ? undefined : new RegExp(spec.matches, 'u');
  return {
    name,
    version,
    scale: UNIT_SCALE,
    passScore: 1,
    judge: async ({ answer }) => {
      const problem = problemOf(answer, spec, pattern);
      return problem === undefined
        ? { judge: name, version, label: 'fits', score: 1, reason: 'it has the form that is asked for' }
        : { judge: name, version, label: 'misfits', score: 0, reason: problem };
    },
  };
}

function problemOf(
  answer: string,
  { minWords = 0, maxWords = Infinity, maxSentences = Infinity, forbids }: Omit<FormatJudgeSpec, 'judge'>,
  pattern: RegExp | undefined,
): string | undefined {
  const words = answer.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
  if (words < minWords) return `it has ${words} words, at least ${minWords} are asked for`;
  if (words > maxWords) return `it has ${words} words, at most ${maxWords} are asked for`;
  const count = sentences(answer).length;
  if (count > maxSentences) return `it has ${count} sentences, at most ${maxSentences} are asked for`;
  if (pattern && !pattern.test(answer)) return `it does not match ${String(pattern)}`;
  const text = normalise(answer);
  const said = forbids.find((phrase) => text.includes(normalise(phrase)));
  return said === undefined ? undefined : `it says '${said}', which is forbidden`;
}
