import type { WorkflowExecutionDescription } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { STILL_RUNNING } from '../contract/messages.ts';
import { troublesOf, troubleText } from './run-standing.ts';

type Pending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];
/** What the server says of a run's activities. */
const described = (...pendingActivities: Pending[]) =>
  ({ raw: { pendingActivities } }) as Pick<WorkflowExecutionDescription, 'raw'> as WorkflowExecutionDescription;
const told = (activity: Pending) => troublesOf(described(activity)).map((one) => troubleText(one, one.attempt));
const makeExamples = { activityType: { name: 'makeExamples' } };

describe('what is tried again', () => {
  it('is told in plain words, with how often it was tried and why it failed (F27)', () => {
    const lastFailure = { message: 'openai model at http://x: the server could not be reached' };
    expect(told({ ...makeExamples, attempt: 4, maximumAttempts: 50, lastFailure })).toEqual([
      'writing and judging questions failed after 3 tries of 50 at most: openai model at http://x: the server could not be reached',
    ]);
    expect(told({ ...makeExamples, attempt: 2, lastFailure: { message: 'away' } })).toEqual([
      'writing and judging questions failed after 1 try: away',
    ]);
  });

  it('says once what a failure says already', () => {
    const message =
      "writing and judging questions failed (try 1 of 3): TypeError: reading 'tags' (at builtin/heads.ts:17)";
    expect(told({ ...makeExamples, attempt: 2, maximumAttempts: 50, lastFailure: { message } })).toEqual([message]);
  });

  it('is no worker that died, nor a job that goes on, nor what has not failed', () => {
    expect(told({ ...makeExamples, attempt: 2, lastFailure: { message: 'timeout', timeoutFailureInfo: {} } })).toEqual(
      [],
    );
    expect(told({ ...makeExamples, attempt: 1 })).toEqual([]);
    const goesOn = { message: 'looked at again', applicationFailureInfo: { type: STILL_RUNNING } };
    expect(told({ ...makeExamples, attempt: 40, lastFailure: goesOn })).toEqual([]);
  });
});
