import { DefaultFailureConverter } from '@temporalio/common';

/**
 * How errors go to Temporal, and so to whoever opens its UI: in words, without stack traces, which name the folders of the machine they
 * come from. The worker's log has those. Loaded by its path, for activities and for the bundle of the workflows.
 */
type Failure = ReturnType<DefaultFailureConverter['errorToFailure']>;

class WithoutStacks extends DefaultFailureConverter {
  override errorToFailure(...error: Parameters<DefaultFailureConverter['errorToFailure']>): Failure {
    return bare(super.errorToFailure(...error));
  }
}

function bare(failure: Failure): Failure {
  return { ...failure, stackTrace: '', ...(failure.cause && { cause: bare(failure.cause) }) };
}

export const failureConverter = new WithoutStacks();
