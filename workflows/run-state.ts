import { ApplicationFailure, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { describeRun } from './details.ts';
import {
  MODEL,
  STAGE,
  STAGE_NAMES,
  WAITING_FOR,
  type RunProgress,
  type StageName,
  type StageProgress,
} from './messages.ts';

/** Where a run stands, kept for the query, the list (search attributes) and the page (current details). */
export class RunState {
  readonly progress: RunProgress;

  constructor(stages: readonly StageName[] = STAGE_NAMES) {
    this.progress = {
      model: '',
      stages: stages.map((name): StageProgress => ({ name, status: 'waiting', summary: '' })),
      generation: { tasks: 0, tasksDone: 0, questions: 0, corrected: 0, kept: 0, rejected: {} },
    };
  }

  setModel(model: string): void {
    this.progress.model = model;
    upsertSearchAttributes([{ key: MODEL, value: model }]);
  }

  /** Runs one stage: shown while it runs, timed, and summed up in words by `summarise`. */
  async stage<T>(name: StageName, work: () => Promise<T>, summarise: (result: T) => string): Promise<T> {
    const stage = this.progress.stages.find((s) => s.name === name);
    if (!stage) throw ApplicationFailure.nonRetryable(`no stage ${name}`);
    stage.status = 'running';
    stage.startedAtMs = Date.now();
    upsertSearchAttributes([
      { key: STAGE, value: name },
      { key: WAITING_FOR, value: '' },
    ]);
    this.show();
    const result = await work();
    stage.status = 'done';
    // A stage may run more than once.
    stage.seconds = (stage.seconds ?? 0) + (Date.now() - stage.startedAtMs) / 1000;
    stage.summary = summarise(result);
    this.show();
    return result;
  }

  skip(name: StageName, why: string): void {
    const stage = this.progress.stages.find((s) => s.name === name);
    if (stage) Object.assign(stage, { status: 'skipped', summary: why });
    this.show();
  }

  show(): void {
    setCurrentDetails(describeRun(this.progress));
  }

  /** Seconds of each finished stage. */
  seconds(): Record<string, number> {
    return Object.fromEntries(
      this.progress.stages.flatMap(({ name, seconds }) => (seconds === undefined ? [] : [[name, seconds]])),
    );
  }
}
