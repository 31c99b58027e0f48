import { describe, expect, it } from 'vitest';
import {
  STAGE_NAMES,
  type Heartbeat,
  type RunProgress,
  type StageName,
  type StageProgress,
} from '../contract/messages.ts';
import { stageLines } from './progress.ts';

const IDLE: RunProgress['generation'] = { tasks: 0, tasksDone: 0, questions: 0, corrected: 0, kept: 0, rejected: {} };

/** A run where these stages stand as told and all others wait. */
function run(
  stages: Partial<Record<StageName, Partial<StageProgress>>>,
  generation: Partial<typeof IDLE> = {},
): RunProgress {
  return {
    model: 'womens-health',
    stages: STAGE_NAMES.map((name) => ({ name, status: 'waiting', summary: '', ...stages[name] })),
    generation: { ...IDLE, ...generation },
  };
}

const beat = (more: Partial<Heartbeat>): Heartbeat => ({
  stage: 'training',
  label: 'tiny-sft',
  done: 0,
  total: 1,
  ...more,
});

describe('the lines of a run', () => {
  it('leave out what has not begun', () => {
    expect(stageLines(run({}), [])).toEqual([]);
  });

  it('show what came of a finished stage, and why one was skipped', () => {
    const progress = run({
      documents: { status: 'done', summary: '44 documents, 60 chunks' },
      promotion: { status: 'skipped', summary: 'the gate said hold' },
    });
    expect(stageLines(progress, [])).toEqual([
      { stage: 'documents', ended: true, label: 'chunks', done: 1, total: 1, text: '44 documents, 60 chunks' },
      { stage: 'promotion', ended: true, label: 'promotion', done: 1, total: 1, text: 'the gate said hold' },
    ]);
  });

  it('show a running stage by its heartbeats, one line for each thing under way', () => {
    const heartbeats = [
      beat({ done: 40, total: 800, text: 'loss 1.234' }),
      beat({ label: 'other', done: 1, total: 9 }),
      beat({ stage: 'base', label: 'base model' }),
    ];
    const underWay = { stage: 'training', ended: false };
    expect(stageLines(run({ training: { status: 'running' } }), heartbeats)).toEqual([
      { ...underWay, label: 'training tiny-sft', done: 40, total: 800, text: 'loss 1.234' },
      { ...underWay, label: 'training other', done: 1, total: 9, text: '' },
    ]);
    expect(stageLines(run({ training: { status: 'running' } }), [beat({ done: 0, total: 190 })])).toEqual([
      { ...underWay, label: 'training tiny-sft', done: 0, total: 190, text: 'loading the model' },
    ]);
    expect(stageLines(run({ training: { status: 'running' } }), [])).toEqual([
      { ...underWay, label: 'training', done: 0, total: 1, text: 'starting' },
    ]);
  });

  it('show nothing that starts in a run that ends', () => {
    const cancelled = run({ documents: { status: 'done', summary: '44 documents' }, training: { status: 'running' } });
    expect(stageLines(cancelled, [], true).map(({ stage }) => stage)).toEqual(['documents']);
    expect(stageLines(cancelled, [beat({ done: 46, total: 190 })], true)).toMatchObject([{}, { done: 46, total: 190 }]);
  });

  it('count shards under way, and tell corrections, and rejects by reason', () => {
    const generation = {
      tasks: 60,
      tasksDone: 24,
      questions: 300,
      corrected: 7,
      kept: 100,
      rejected: { safe: 5, grounded: 15 },
    };
    const heartbeats = [
      beat({ stage: 'generation', label: 'questions', done: 3, total: 24 }),
      beat({ stage: 'generation', label: 'questions', done: 4, total: 12 }),
    ];
    expect(stageLines(run({ generation: { status: 'running' } }, generation), heartbeats)).toEqual([
      {
        stage: 'generation',
        ended: false,
        label: 'questions',
        done: 31,
        total: 60,
        text: '300 questions, 100 kept, 7 corrections, rejected: 5 safe, 15 grounded',
      },
    ]);
  });

  it('tell unreadable replies as they come, those of shards under way too (F34)', () => {
    const heartbeats = [
      beat({ stage: 'generation', label: 'questions', done: 3, total: 24, unreadable: 9 }),
      beat({ stage: 'generation', label: 'questions', done: 0, total: 12 }),
    ];
    const [line] = stageLines(run({ generation: { status: 'running' } }, { tasks: 60, unreadable: 3 }), heartbeats);
    expect(line?.text).toBe('0 questions, 0 kept, 12 unreadable');
  });

  it('never show more done than there is, nor a bar of nothing', () => {
    const late = [beat({ stage: 'generation', label: 'questions', done: 24, total: 24 })];
    const generation = { tasks: 60, tasksDone: 50, questions: 300 };
    for (const progress of [
      run({ generation: { status: 'running' } }),
      run({ generation: { status: 'running' } }, generation),
    ]) {
      for (const { done, total } of stageLines(progress, late)) {
        expect(total).toBeGreaterThan(0);
        expect(done).toBeLessThanOrEqual(total);
      }
    }
  });
});
