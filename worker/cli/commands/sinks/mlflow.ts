import { Command } from 'commander';
import { mirrorAgain, mirrorStanding, type MirrorStanding } from '../../../../operations/mlflow/mlflow.ts';
import { jsonOption } from '../../options.ts';
import { say, withRegistry } from '../context.ts';

/** `mlflow`: the registry as MLflow shows it. */
export function mlflowCommand(): Command {
  return new Command('mlflow')
    .description('The mirror of the registry in MLflow (MLFLOW_TRACKING_URI)')
    .addCommand(statusCommand())
    .addCommand(syncCommand());
}

function statusCommand(): Command {
  return new Command('status')
    .description('Say how far MLflow is behind, and what it refused')
    .addOption(jsonOption())
    .action(({ json }: { json?: boolean }) =>
      withRegistry(async ({ outbox }) => {
        const standing = await mirrorStanding(outbox, process.env);
        say(json ? JSON.stringify(standing, null, 2) : textOf(standing));
      }),
    );
}

function textOf({
  url,
  state,
  behind,
  attempts,
  lastError,
  lastMirroredAt,
  nextAttemptAt,
  refused,
}: MirrorStanding): string {
  const events = `${behind} event(s) behind`;
  const words = {
    off: 'MLFLOW_TRACKING_URI is not set here; set it where the worker runs, and here',
    new: `${url}: no worker has begun to mirror yet`,
    'up to date': `${url}: up to date, since ${lastMirroredAt ?? 'nothing has happened yet'}`,
    'catching up': `${url}: ${events}, and catching up`,
    failing: `${url}: ${events}; ${attempts} attempt(s) failed, the next is at ${nextAttemptAt}: ${lastError}`,
  }[state];
  const lines = refused.map(
    ({ id, type, model, happenedAt, error }) => `refused: ${id}  ${type} of ${model}, ${happenedAt}: ${error}`,
  );
  return [words, ...lines].join('\n');
}

function syncCommand(): Command {
  return new Command('sync')
    .description(
      'Have everything mirrored once more, by the worker: after MLflow lost something. What it has stays as it is',
    )
    .addOption(jsonOption())
    .action(({ json }: { json?: boolean }) =>
      withRegistry(async ({ outbox }) => {
        const events = await mirrorAgain(outbox);
        say(json ? JSON.stringify({ events }, null, 2) : `${events} event(s) are mirrored again, by the worker`);
      }),
    );
}
