import { describe, expect, it } from 'vitest';
import { standingText, type Standing } from './status.ts';

const standing: Standing = {
  workflowId: 'improve/womens-health-assistant-of-the-clinic/9f3c1d2e4b5a',
  state: 'running',
  stage: 'evaluation',
  decision: '',
  startedAt: new Date('2026-11-26T08:17:13Z'),
  notes: [
    'to try again: the model server at http://127.0.0.1:8090/v1 does not answer (ECONNREFUSED); attempt 3 of 20',
    '',
  ],
};

describe('a run in status', () => {
  it.each([80, 100])('fits %i columns, with its id whole (N5)', (columns) => {
    const lines = standingText(standing, columns - 1).split('\n');
    expect(lines.every((line) => line.length < columns)).toBe(true);
    expect(lines[0]).toContain(`${standing.workflowId}  running,`);
    expect(lines.join(' ').replace(/\s+/g, ' ')).toContain(standing.notes[0]);
  });

  it('that has ended tells what was decided, not where it stood', () => {
    const text = standingText({ ...standing, state: 'completed', decision: 'hold', notes: [] }, 200);
    expect(text).toBe(`${standing.workflowId}  completed: hold, started 2026-11-26 08:17 UTC`);
  });
});
