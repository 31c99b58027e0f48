import { ApplicationFailure, condition, currentUpdateInfo, setHandler } from '@temporalio/workflow';
import { GRADE, GRADE_EXAMPLE, GradeInputSchema, type GradeInput } from '../../contract/grading.ts';
import type { PromotionProgress } from '../../contract/messages.ts';
import { parseInput } from '../parse-input.ts';
import { recordGrades } from '../proxies.ts';

/** Takes grades of a promotion's blind sample, while it waits. */
export function takeGrades(options: {
  promotionId: string;
  state: PromotionProgress;
  /** Whether the registry knows the promotion. */
  ready: () => boolean;
  show: () => void;
}): void {
  const { promotionId, state, ready, show } = options;
  /** Of what was graded so far: answers of activities may come in another order than they were written. */
  let graded = 0;
  const grade = async (input: GradeInput): Promise<string> => {
    await condition(ready);
    const { by, ...parsed } = GradeInputSchema.parse(input);
    const recorded = await recordGrades({ promotionId, updateId: currentUpdateInfo()?.id ?? '', by, ...parsed });
    if (recorded.status === 'refused') refuse(recorded.message);
    if (recorded.graded >= graded) {
      graded = recorded.graded;
      state.gradings = recorded.lines;
      show();
    }
    return recorded.own;
  };
  setHandler(GRADE, grade, {
    validator: (input) => {
      parseInput({ schema: GradeInputSchema, input, workflow: 'grade', example: GRADE_EXAMPLE });
      if (state.status !== 'waiting')
        refuse(`this promotion is already decided (${state.status}); grades are for who decides, and come before`);
    },
    description: `Grade the blind sample of the evidence page, which has the input to fill in. Input: ${GRADE_EXAMPLE}`,
  });
}

/** What stands on a promotion's page of its blind sample. */
export function gradingLines({ status, gradings = [] }: PromotionProgress, hasPage: boolean): string[] {
  const offer =
    status === 'waiting' && hasPage
      ? [
          'Before you decide, **grade the blind sample** of the evidence page: two answers to each question, of which it does not say whose they are. The page has the input of the Update `grade`; in a terminal it is `npx whetstone grade`.',
          '',
        ]
      : [];
  return gradings.length === 0 ? offer : [`**Graded blind** by ${gradersOf(gradings)}.`, '', ...offer];
}

const GRADER = /^(.*) \(name as claimed\) preferred the new answer in \d+ of (\d+)/s;

/** Who graded how much, of the lines that say what it came to. */
const gradersOf = (lines: readonly string[]): string =>
  lines
    .flatMap((line) => {
      const [, by, graded] = GRADER.exec(line) ?? [];
      return by === undefined ? [] : [escaped(`${by} (${graded} ${graded === '1' ? 'question' : 'questions'})`)];
    })
    .join(', ');

/** What the grades came to: at the page's end, so that whoever grades next has not read it. */
export const gradeResultLines = ({ gradings = [] }: PromotionProgress): string[] =>
  gradings.length === 0
    ? []
    : [
        '',
        '### Results of blind grades (look after you have graded)',
        '',
        'Of the rest, without the questions that the evidence page names:',
        '',
        ...gradings.map((line) => `- ${escaped(line)}`),
      ];

const escaped = (line: string): string => line.replace(/[\\|<>[\]]/g, '\\$&').replace(/\s+/g, ' ');

function refuse(message: string): never {
  throw ApplicationFailure.create({ type: 'whetstone.decision', nonRetryable: true, message });
}
