import { ApplicationFailure } from '@temporalio/activity';
import { ConfigError } from '../common/config-errors.ts';
import { ArtifactError, DatasetError, DocumentError, RunError } from '../common/errors.ts';
import { NotInRegistryError } from '../registry/schema.ts';
import { BudgetError, type BudgetDetails } from '../contract/budget-error.ts';
import { JobWaits } from '../contract/jobs.ts';
import { ProviderError } from '../contract/ports.ts';
import { BUDGET_FAILURE, STILL_RUNNING } from '../contract/messages.ts';

/**
 * Turns what an activity threw into Temporal's failure, once for all of them: a dotted type, whether a retry can help, and
 * how long the provider asked to wait. What is not known here stays as it is, and Temporal retries it.
 */
export function toFailure(error: unknown): unknown {
  if (error instanceof ProviderError) {
    return ApplicationFailure.create({
      type: `whetstone.provider.${error.kind}`,
      message: error.message,
      nonRetryable: !error.retryable,
      nextRetryDelay: error.retryAfterMs,
      cause: error,
    });
  }
  if (error instanceof BudgetError) {
    return ApplicationFailure.create({
      type: BUDGET_FAILURE,
      message: error.message,
      nonRetryable: true,
      details: [{ spent: error.spent, caps: error.caps } satisfies BudgetDetails],
      cause: error,
    });
  }
  if (error instanceof JobWaits) {
    return ApplicationFailure.create({
      type: STILL_RUNNING,
      message: error.message,
      nextRetryDelay: '5 seconds',
      category: 'BENIGN',
    });
  }
  if (error instanceof RunError) {
    const { type, message, cause } = error;
    return ApplicationFailure.create({
      type,
      message,
      nonRetryable: true,
      ...(cause instanceof Error && { cause }),
    });
  }
  for (const [kind, type] of NEVER_RETRIED) {
    if (error instanceof kind)
      return ApplicationFailure.create({ type, message: error.message, nonRetryable: true, cause: error });
  }
  return error;
}

/** A person must change something first: the same call fails again. */
const NEVER_RETRIED: [new (...args: never[]) => Error, string][] = [
  [ConfigError, 'whetstone.config'],
  [DocumentError, 'whetstone.documents'],
  [ArtifactError, 'whetstone.artifact'],
  [DatasetError, 'whetstone.dataset'],
  [NotInRegistryError, 'whetstone.registry'],
];
