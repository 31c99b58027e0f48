import { ApplicationFailure, CancelledFailure, Context, sleep } from '@temporalio/activity';
import { localFileRef, localFolderRef } from '../artifacts/local-ref.ts';
import type { Activities } from '../contract/activities.ts';
import type { JobStep, TellStep } from '../contract/runs/job-step.ts';
import type { JobEnd, JobFound, JobLabel } from '../contract/model-stages.ts';
import {
  JobWaits,
  type JobHandle,
  type JobRunner,
  type JobSpec,
  type JobStatus,
  type Trainers,
  type TrainingJob,
} from '../contract/jobs.ts';
import { isWeights } from '../contract/model-ref.ts';
import type { TrainerName } from '../configs/schema.ts';
import { STILL_RUNNING, type Heartbeat } from '../contract/messages.ts';
import type { TrainingDependencies } from './dependencies.ts';
import { withHeartbeat, type Report } from './heartbeat.ts';

/** Between two looks at a job: a step of a small model takes a tenth of this. */
const LOOK_MS = 500;
/** How long one attempt looks at a job before it gives its slot to others. */
const WATCH_MS = 60_000;

/** Jobs by their handles alone: started or adopted, looked at, stopped. */
export function jobActivities(
  dependencies: Launchers & Pick<TrainingDependencies, 'machine'>,
  watchMs = WATCH_MS,
): Pick<Activities, 'launchJob' | 'pollJob' | 'cancelJob'> {
  const { machine } = dependencies;
  const runner = runners(dependencies);
  return {
    launchJob: ({ spec, stage, label }) =>
      withHeartbeat({ stage, label }, async () => {
        const handle = await launch(dependencies, spec);
        return { ...handle, ...(machine && { machine }) };
      }).catch((error: unknown) => {
        // Stays to be seen until the next attempt.
        if (error instanceof JobWaits)
          Context.current().heartbeat({ stage, label, done: 0, total: 1, text: error.message });
        throw error;
      }),

    async pollJob({ job, stage, label, field = label, tell }) {
      const found = await watchJob({ jobs: runner(job), job, about: { stage, label }, watchMs, ...(tell && { tell }) });
      if (found) return found.status === 'running' ? found : endOf(found, field);
      throw ApplicationFailure.create({
        type: STILL_RUNNING,
        message: `${label} goes on; it is looked at again`,
        nextRetryDelay: '1 second',
        category: 'BENIGN',
      });
    },

    cancelJob: ({ job }) => runner(job).cancel(job),
  };
}

const runners =
  ({ trainers, bases }: Pick<TrainingDependencies, 'trainers' | 'bases'>) =>
  ({ provider }: JobHandle): Pick<JobRunner<never>, 'poll' | 'cancel'> =>
    provider === 'base' ? bases : trainers[provider];

type Launchers = Pick<TrainingDependencies, 'trainers' | 'bases' | 'artifacts'>;

/** Launches a job with all that it reads on this machine. */
export async function launch({ trainers, bases, artifacts }: Launchers, spec: JobSpec): Promise<JobHandle> {
  if (spec.provider === 'base') {
    const { corpus } = spec.job;
    return bases.launch({ ...spec.job, ...(corpus && { corpus: await localFileRef(artifacts, corpus) }) });
  }
  const { job } = spec;
  const [base, train, validation] = await Promise.all([
    isWeights(job.base) ? localFolderRef(artifacts, job.base) : job.base,
    localFileRef(artifacts, job.train),
    job.validation && localFileRef(artifacts, job.validation),
  ]);
  return launchBy(trainers, job.candidate.provider, { ...job, base, train, ...(validation && { validation }) });
}

/** Trainer and job are of one provider. */
const launchBy = <Name extends TrainerName>(trainers: Trainers, name: Name, job: TrainingJob<Name>) =>
  trainers[name].launch(job);

type Ended = Extract<JobStatus, { status: 'completed' | 'failed' }>;

/** @throws ApplicationFailure that is not retried where a person must change something first */
export function endOf(ended: Ended, field: string): JobEnd {
  if (ended.status === 'completed') {
    const { model, trainSeconds, step: steps, loss: finalLoss, examples } = ended;
    return {
      status: 'completed',
      trained: {
        model,
        trainSeconds,
        steps,
        ...(finalLoss !== undefined && { finalLoss }),
        ...(examples && { examples }),
      },
    };
  }
  const reason = `${field}: ${ended.reason}`;
  if (ended.retryable) return { status: 'lost', reason };
  throw ApplicationFailure.create({ type: 'whetstone.training', message: reason, nonRetryable: true });
}

/**
 * Looks at a job until it is over, or for `watchMs`. A worker that shuts down stops the job, and so does a run that is over: its
 * checkpoints stay, and a later launch resumes it. An attempt that only lost its heartbeat leaves the job to the next one.
 */
export async function watchJob(options: {
  jobs: Pick<JobRunner<never>, 'poll' | 'cancel'>;
  job: JobHandle;
  about: JobLabel;
  watchMs: number;
  tell?: TellStep;
}): Promise<Ended | Extract<JobFound, { status: 'running' }> | undefined> {
  const { jobs, job, about, watchMs, tell: asked } = options;
  const watch = async (report: Report) => {
    try {
      for (const untilMs = Date.now() + watchMs; ; await sleep(LOOK_MS)) {
        const status = await jobs.poll(job);
        if (status.status === 'completed' || status.status === 'failed') return status;
        tell(status, report);
        const step = asked && status.status === 'running' ? toldNow(status, asked) : undefined;
        if (step) return { status: 'running' as const, ...step };
        if (Date.now() >= untilMs) return undefined;
      }
    } catch (error) {
      if (error instanceof CancelledFailure && (await mustStop())) await jobs.cancel(job);
      throw error;
    }
  };
  return withHeartbeat(about, watch, lastBeat(about) ?? (asked?.told && beatOf(asked.told)));
}

/** How far the job has come, where it is time to say so. */
function toldNow({ step, totalSteps, loss }: JobStep, { share, afterMs, told }: TellStep): JobStep | undefined {
  if (totalSteps <= 0 || step >= totalSteps || step <= (told?.step ?? 0)) return undefined;
  // Since the first attempt: it is tried again each minute.
  const sinceMs = Date.now() - Context.current().info.scheduledTimestampMs;
  return step / totalSteps >= share || sinceMs >= afterMs
    ? { step, totalSteps, ...(loss !== undefined && { loss }) }
    : undefined;
}

const lossText = (loss: number) => `loss ${loss.toFixed(3)}`;

/** Where the bar stood when it was told. */
const beatOf = ({ step, totalSteps, loss }: JobStep) => ({
  done: step,
  total: totalSteps,
  ...(loss !== undefined && { text: lossText(loss) }),
});

/** Where the attempt before left the bar. */
function lastBeat({ stage, label }: JobLabel): Heartbeat | undefined {
  const last = Context.current().info.heartbeatDetails as Partial<Heartbeat> | undefined;
  return last?.stage === stage && last.label === label ? (last as Heartbeat) : undefined;
}

function tell(status: Exclude<JobStatus, Ended>, report: Report): void {
  if (status.status === 'pending') return report(0, 1, 'starting');
  const { step, totalSteps, loss, note = '' } = status;
  report(step, totalSteps, loss === undefined ? note : lossText(loss));
}

/** Whether an attempt that was cancelled takes its job with it: not when the server has only given it up for another attempt. */
async function mustStop(): Promise<boolean> {
  const { cancellationDetails: why, info, client } = Context.current();
  if (why?.cancelRequested || why?.workerShutdown) return true;
  if (!why?.notFound || !info.workflowExecution) return false;
  // Terminated, or closed before the cancellation came here: no attempt will follow.
  const { workflowId, runId } = info.workflowExecution;
  return client.workflow
    .getHandle(workflowId, runId)
    .describe()
    .then(
      ({ status }) => status.name !== 'RUNNING',
      (error: unknown) => error instanceof Error && error.name === 'WorkflowNotFoundError',
    );
}
