import { describe, expect, it } from 'vitest';
import type { RunProgress } from '../../contract/messages.ts';
import { noticesOf } from './follow.ts';

const run: RunProgress = {
  model: 'demo',
  stages: [],
  generation: { tasks: 0, tasksDone: 0, questions: 0, corrected: 0, kept: 0, rejected: {} },
};
const told = (more: Partial<RunProgress>, troubles: { attempt: number }[] = []) =>
  noticesOf('improve/demo/1', {
    run: { ...run, ...more },
    heartbeats: [],
    ending: false,
    troubles: troubles.map(({ attempt }) => ({ what: 'training', attempt, most: 0, message: 'away' })),
  });

describe('what a person is told beside the progress', () => {
  it.each([
    [['usd' as const], '--usd N --why'],
    [['tokens' as const], '--tokens N --why'],
    [['usd' as const, 'tokens' as const], '--usd N --tokens N --why'],
  ])('names the option of the cap that was reached, %j, whatever the reason says', (caps, options) => {
    const reason = 'the next call may cost 2 USD and 100 tokens';
    expect(told({ waitingFor: { what: 'budget', reason, caps } })).toEqual([
      `The run waits: ${reason}. Raise it: npx whetstone raise-budget improve/demo/1 ${options} "..."`,
    ]);
  });

  it('says the same for tries of which nobody needs to hear each', () => {
    expect(told({}, [{ attempt: 6 }])).toEqual(told({}, [{ attempt: 9 }]));
    expect(told({}, [{ attempt: 6 }])).not.toEqual(told({}, [{ attempt: 10 }]));
  });
});
