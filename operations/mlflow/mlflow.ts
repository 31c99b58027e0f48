import { RequestError } from '../../common/errors.ts';
import type { Outbox } from '../../registry/outbox/outbox.ts';
import { MLFLOW_SINK } from '../../sinks/mlflow/mirror.ts';
import { mlflowSettings } from '../../sinks/mlflow/settings.ts';

/** The mirror in MLflow, as a person looks after it. */

export interface MirrorStanding {
  /** Where it mirrors to, by the environment of this process. */
  url: string | undefined;
  /** `new`: no worker has begun with it. */
  state: 'off' | 'new' | 'up to date' | 'catching up' | 'failing';
  /** Events that MLflow has not been told yet. */
  behind: number;
  attempts: number;
  lastError: string | undefined;
  /** ISO 8601. */
  lastMirroredAt: string | undefined;
  nextAttemptAt: string | undefined;
  /** What MLflow refused, and is not mirrored. */
  refused: { id: string; type: string; model: string; happenedAt: string; error: string }[];
}

/** How far MLflow is behind. @throws RequestError where MLFLOW_TRACKING_URI is no server's address */
export async function mirrorStanding(outbox: Outbox, env: NodeJS.ProcessEnv): Promise<MirrorStanding> {
  const url = mlflowSettings(env)?.url;
  const [standing] = await outbox.standings(MLFLOW_SINK);
  const letters = await outbox.letters({ sink: MLFLOW_SINK, state: 'dead' });
  const { behind = await outbox.newest(), attempts = 0, lastError, deliveredMs, nextMs } = standing ?? {};
  const at = (ms: number | null | undefined) => (ms ? new Date(ms).toISOString() : undefined);
  const told = attempts > 0 ? 'failing' : behind > 0 ? 'catching up' : 'up to date';
  return {
    url,
    state: url === undefined ? 'off' : standing ? told : 'new',
    behind,
    attempts,
    lastError: lastError ?? undefined,
    lastMirroredAt: at(deliveredMs),
    nextAttemptAt: attempts > 0 ? at(nextMs) : undefined,
    refused: letters.map(({ event: { id, type, model, at: happenedAt }, error }) => ({
      id,
      type,
      model,
      happenedAt,
      error,
    })),
  };
}

/** Has all that ever happened mirrored once more: what MLflow has already stays as it is. @returns the count of events */
export async function mirrorAgain(outbox: Outbox): Promise<number> {
  if (!(await outbox.rewind(MLFLOW_SINK)))
    throw new RequestError(
      'nothing has been mirrored yet: set MLFLOW_TRACKING_URI where the worker runs, and start it again',
    );
  return outbox.newest();
}
