import { describe, expect, it } from 'vitest';
import type { ListedRun } from '../../../operations/list-runs.ts';
import { runText } from './status.ts';

const run: ListedRun = {
  workflowId: 'improve/womens-health-assistant-of-the-clinic/9f3c1d2e4b5a',
  state: 'running',
  stage: 'evaluation',
  decision: '',
  outcome: '',
  startedAt: new Date('2026-11-26T08:17:13Z'),
  notes: ['to try again: the model server at http://127.0.0.1:8090/v1 does not answer (ECONNREFUSED); attempt 3 of 20'],
};

describe('a run in status', () => {
  it.each([80, 100])('fits %i columns, with its id whole (N5)', (columns) => {
    const lines = runText(run, columns - 1).split('\n');
    expect(lines.every((line) => line.length < columns)).toBe(true);
    expect(lines[0]).toContain(`${run.workflowId}  running,`);
    expect(lines.join(' ').replace(/\s+/g, ' ')).toContain(run.notes[0]);
  });

  it('that has ended tells what was decided, not where it stood', () => {
    const text = runText({ ...run, state: 'completed', decision: 'hold', notes: [] }, 200);
    expect(text).toBe(`${run.workflowId}  completed: hold, started 2026-11-26 08:17 UTC`);
    const told = { ...run, state: 'completed', decision: 'hold', outcome: 'held: too near', notes: [] };
    expect(runText(told, 200)).toBe(`${run.workflowId}  held: too near, started 2026-11-26 08:17 UTC`);
    const cut = { ...run, state: 'terminated', outcome: 'terminated: stuck (by ada@host)', notes: [] };
    expect(runText(cut, 200)).toBe(`${run.workflowId}  ${cut.outcome}, started 2026-11-26 08:17 UTC`);
  });
});
