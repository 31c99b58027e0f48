import { echoOf, isYesNoQuestion, yesOrNo } from '../../language/echo.ts';
import { analyse, sameQuantity, type Analysis } from '../../language/analysis.ts';
import { inEnglish } from '../applies.ts';
import { judgeCorrectness } from './correctness.ts';
import { UNIT_SCALE, type Judge, type Subject } from '../types.ts';

/**
 * Give-aways as a rule: a question must not hold its own answer, or a model that repeats it is trained and then measured as
 * knowing. A pair passes when its answer has a content word or quantity that the question, with the turns before it, has not;
 * when the rule `correctness` would not accept the question as a statement; and, where yes or no is asked, when the answer
 * begins with it and says why.
 */
export interface GiveAwayResult {
  label: 'asks' | 'gives-away' | 'no-yes-or-no' | 'no-why';
  score: 0 | 1;
  reason: string;
}

/** Says yes or no once more: no reason. */
const ASSENT = new Set(
  'absolut definit certain inde real sure cours correct right true exact possibl fals wrong'.split(' '),
);

/** Judges one pair. Pure. */
export function judgeGiveAway({ question, answer, history = [], kind }: Subject): GiveAwayResult {
  if (judgeCorrectness({ question, reference: answer, answer: echoOf(question) }).label === 'correct')
    return reject('gives-away', 'the question as a statement would count as the answer');
  // What the material leaves open is said in the words that were asked.
  if (kind === 'unanswerable') return PASSED;
  const asked = analyse([...history.map(({ content }) => content), question].join('\n'));
  const said = analyse(answer);
  const yesNo = isYesNoQuestion(question) && !/\bor\b(?! not\b)/i.test(question);
  if (adds(said, asked, yesNo)) {
    if (!yesNo || yesOrNo(answer) !== undefined) return PASSED;
    return reject(
      'no-yes-or-no',
      'the question asks for yes or no; expected an answer that begins with it, and says why',
    );
  }
  return yesNo && yesOrNo(answer) !== undefined
    ? reject('no-why', 'it says yes or no in words of the question; expected a reason as well')
    : reject('gives-away', 'every content word and number of the answer is in the question');
}

/** True where an answer has a word or quantity of its own. */
function adds(said: Analysis, asked: Analysis, yesNo: boolean): boolean {
  return (
    [...said.content].some((word) => !asked.content.has(word) && !(yesNo && ASSENT.has(word))) ||
    said.quantities.some((one) => !asked.quantities.some((other) => sameQuantity(one, other, true)))
  );
}

const PASSED: GiveAwayResult = { label: 'asks', score: 1, reason: 'the answer says what the question does not' };
const reject = (label: GiveAwayResult['label'], reason: string): GiveAwayResult => ({ label, score: 0, reason });

/** The rule as a judge: filters pairs, also those of people. */
export function createGivesAwayJudge(): Judge {
  const version = 'rule-1';
  return {
    name: 'gives-away',
    version,
    scale: UNIT_SCALE,
    passScore: 1,
    applies: inEnglish,
    judge: async (subject) => ({ judge: 'gives-away', version, ...judgeGiveAway(subject) }),
  };
}
