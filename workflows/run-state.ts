import { ApplicationFailure, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { RunConfig } from '../configs/schema.ts';
import type { JobStep } from '../contract/runs/job-step.ts';
import type { JobLabel } from '../contract/model-stages.ts';
import { describeRun } from './details.ts';
import type { Outcome } from '../contract/runs/outcome.ts';
import { addFailures, failureLines, tooManyFailed, tooManyMessage, type FailureCount } from '../contract/failures.ts';
import {
  FAILED_ITEMS,
  MODEL,
  STAGE,
  STAGE_NAMES,
  WAITING_FOR,
  type RunProgress,
  type StageName,
  type StageProgress,
} from '../contract/messages.ts';

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

  /** Shows what became of things since the last run. */
  since(words: string): void {
    this.progress.since = words;
    this.show();
  }

  /** Shows how far a job has come. */
  stepJob({ stage, label }: JobLabel, step: JobStep): void {
    const jobs = (this.progress.jobs ??= []);
    const atMs = Date.now();
    const before = jobs.find((job) => job.stage === stage && job.label === label);
    if (before) Object.assign(before, step, { atMs });
    else jobs.push({ stage, label, ...step, atMs, first: { step: step.step, atMs } });
    this.show();
  }

  /** A job that is over shows no steps, and one that is launched again counts its pace anew. */
  endJob({ stage, label }: JobLabel): void {
    const { jobs } = this.progress;
    if (jobs) this.progress.jobs = jobs.filter((job) => job.stage !== stage || job.label !== label);
  }

  /** Shows how many arms have answered how many suites. */
  answered(done: number, total: number): void {
    this.progress.parts = { stage: 'evaluation', done, total, of: 'sets of answers' };
    this.show();
  }

  skip(name: StageName, why: string): void {
    const stage = this.progress.stages.find((s) => s.name === name);
    if (stage) Object.assign(stage, { status: 'skipped', summary: why });
    this.show();
  }

  /** Notes what a person should look at, though the run goes on. */
  warn(warnings: readonly string[]): void {
    if (warnings.length === 0) return;
    this.progress.warnings = [...(this.progress.warnings ?? []), ...warnings];
    this.show();
  }

  /** Notes what failed. @throws ApplicationFailure once the share of failures is surely above the config's limit */
  failed(
    more: readonly FailureCount[] = [],
    { limits }: Pick<RunConfig, 'limits'>,
    items: Readonly<Record<string, number>> = {},
  ): void {
    if (more.length === 0) return;
    const counts = (this.progress.failures ??= []);
    addFailures(counts, more);
    this.#stopAbove(limits.maxFailed, (count) => items[count.what]);
  }

  /** At the end of a stage. @throws ApplicationFailure when the share of failures is above the config's limit */
  assertFewFailed({ limits }: Pick<RunConfig, 'limits'>): void {
    // A history from before there was a limit holds no failures either.
    if (this.progress.failures) this.#stopAbove(limits.maxFailed, (count) => count.tried);
  }

  #stopAbove(maxFailed: number, itemsOf: (count: FailureCount) => number | undefined): void {
    const bad = this.progress.failures?.find((count) =>
      tooManyFailed(count, { maxFailed, items: itemsOf(count), whole: true }),
    );
    if (!bad) return;
    this.show();
    throw ApplicationFailure.create({
      type: FAILED_ITEMS,
      message: tooManyMessage(bad, maxFailed),
      nonRetryable: true,
    });
  }

  /** The last page. */
  end(outcome: Outcome): void {
    this.progress.outcome = outcome;
    this.progress.waitingFor = undefined;
    this.show();
  }

  show(): void {
    setCurrentDetails(describeRun(this.progress, Date.now()));
  }

  /** What failed, in words, for the run's result. */
  failures(): { failures?: string[] } {
    const lines = failureLines(this.progress.failures ?? []);
    return lines.length > 0 ? { failures: lines } : {};
  }

  /** Seconds of each finished stage. */
  seconds(): Record<string, number> {
    return Object.fromEntries(
      this.progress.stages.flatMap(({ name, seconds }) => (seconds === undefined ? [] : [[name, seconds]])),
    );
  }
}
