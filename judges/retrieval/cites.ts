import { sentences } from '../../language/text.ts';
import { inEnglish } from '../applies.ts';
import { judgeAbstention } from '../rules/abstains.ts';
import { GROUNDED_PASS_SCORE, judgeGrounding } from '../rules/grounded.ts';
import { UNIT_SCALE, type Judge, type Judged, type Subject } from '../types.ts';

/** Whether an answer rests on what was retrieved for it, and whether its citations are the ones that it rests on. */

const VERSION = 'rule-1';

type Scored = Pick<Judged, 'label' | 'score' | 'reason'>;

const says = (answer: string) => sentences(answer).map(({ text }) => text);
const rests = (sentence: string, texts: readonly string[]) =>
  texts.length > 0 &&
  judgeGrounding({ question: '', answer: sentence, context: texts.join('\n\n') }).score >= GROUNDED_PASS_SCORE;

/** An answer that says that nothing was found rests on nothing, and needs not. */
export const isAnswered = ({ answer, cited }: Subject): boolean =>
  cited !== undefined && answer.trim() !== '' && judgeAbstention({ answer }).score === 0;

function groundedness({ answer, cited = [] }: Subject): Scored {
  if (cited.length === 0) return { label: 'unsupported', score: 0, reason: 'nothing was retrieved for it' };
  return judgeGrounding({ question: '', answer, context: cited.join('\n\n') });
}

/** Share of the answer's sentences that its citations support, one of them or together: ALCE's citation recall, by words. */
function citationRecall({ answer, cited = [] }: Subject): Scored {
  const said = says(answer);
  const supported = said.filter((sentence) => rests(sentence, cited));
  return scored(supported.length, said.length, 'sentences rest on its citations');
}

/**
 * Share of the citations that the answer rests on: that support a sentence of it alone, or without which a sentence is supported no
 * more: ALCE's citation precision (Gao et al., 2023), by words.
 */
function citationPrecision({ answer, cited = [] }: Subject): Scored {
  const said = says(answer);
  const needed = cited.filter((one, at) => {
    const others = cited.filter((_, other) => other !== at);
    return said.some((sentence) => rests(sentence, [one]) || (rests(sentence, cited) && !rests(sentence, others)));
  });
  return scored(needed.length, cited.length, 'citations are what it rests on');
}

function scored(good: number, all: number, what: string): Scored {
  const score = all === 0 ? 0 : good / all;
  return {
    label: score === 1 ? 'all' : score === 0 ? 'none' : 'some',
    score,
    reason: all === 0 ? `there are no ${what.split(' ')[0]}` : `${good} of ${all} ${what}`,
  };
}

/** By name. */
export const CITING = {
  groundedness,
  'citation-recall': citationRecall,
  'citation-precision': citationPrecision,
} as const satisfies Record<string, (subject: Subject) => Scored>;

/** A metric of an answer and what was retrieved for it. */
export function createCiting(name: keyof typeof CITING): Judge {
  return {
    name,
    version: VERSION,
    scale: UNIT_SCALE,
    passScore: GROUNDED_PASS_SCORE,
    applies: (subject) => isAnswered(subject) && inEnglish(subject),
    judge: (subject) => Promise.resolve({ judge: name, version: VERSION, ...CITING[name](subject) }),
  };
}

/** The metric `right-refusal`: 1 where an answer says that the documents don't say exactly where they don't. */
export function createRightRefusalJudge(): Judge {
  return {
    name: 'right-refusal',
    version: VERSION,
    scale: UNIT_SCALE,
    passScore: 1,
    applies: (subject) => subject.unanswerable !== undefined && inEnglish(subject),
    judge: ({ answer, unanswerable = false }) => {
      const refuses = judgeAbstention({ answer }).score === 1;
      const said = refuses ? 'it refuses' : 'it answers';
      const reason = `${said} a question that the documents ${unanswerable ? "don't answer" : 'answer'}`;
      const score = refuses === unanswerable ? 1 : 0;
      return Promise.resolve({
        judge: 'right-refusal',
        version: VERSION,
        label: score === 1 ? 'right' : refuses ? 'refuses' : 'answers',
        score,
        reason,
      });
    },
  };
}
