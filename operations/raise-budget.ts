import type { Client } from '@temporalio/client';
import { RequestError } from '../common/errors.ts';
import { RAISE_BUDGET, type RaiseBudgetInput } from '../contract/messages.ts';
import { sendUpdate } from './send-update.ts';

/** Raises what a run may pay in all: one that waits at its cap goes on. @throws RequestError in the run's words */
export async function raiseBudget(options: {
  client: Client;
  workflowId: string;
  input: RaiseBudgetInput;
}): Promise<void> {
  const { client, workflowId, input } = options;
  if (input.usd === undefined && input.tokens === undefined)
    throw new RequestError('found no cap; expected the new cap of the whole run: usd, tokens, or both');
  await sendUpdate({ client, workflowId, update: RAISE_BUDGET, input, what: 'run' });
}
