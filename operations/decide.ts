import type { Client } from '@temporalio/client';
import { RequestError } from '../common/errors.ts';
import { DECISION_UPDATES, PROMOTION, WAITING_FOR, type DecisionInput } from '../contract/messages.ts';
import { sendUpdate } from './send-update.ts';

/**
 * Approves or rejects a promotion: the same Update that the Temporal UI sends.
 * @param options.promotion its workflow id; may be left out while one waits
 * @returns what the promotion says to it
 * @throws RequestError where none waits, several do, or the promotion refuses
 */
export async function decide(options: {
  client: Client;
  promotion?: string | undefined;
  decision: 'approve' | 'reject';
  input: DecisionInput;
}): Promise<string> {
  const { client, promotion, decision, input } = options;
  const workflowId = promotion ?? (await waitingPromotion(client));
  return sendUpdate({ client, workflowId, update: DECISION_UPDATES[decision], input, what: 'promotion' });
}

/** The one promotion that waits for people. @throws RequestError where none does, or several do */
export async function waitingPromotion(client: Client): Promise<string> {
  const waiting: string[] = [];
  const query = 'WorkflowType = "promoteModel" AND ExecutionStatus = "Running"';
  for await (const { workflowId, typedSearchAttributes } of client.workflow.list({ query })) {
    if (typedSearchAttributes.get(WAITING_FOR)) waiting.push(workflowId);
  }
  const [only, ...others] = waiting;
  if (only && others.length === 0) return only;
  throw new RequestError(
    waiting.length === 0
      ? 'No promotion waits for approval.'
      : `Several promotions wait; name one:\n  ${waiting.join('\n  ')}`,
  );
}

/** Hash of the evaluation that a promotion carries: what a signed decision is about. @throws RequestError where it can't be asked */
export async function evidenceOf(client: Client, promotion: string): Promise<string> {
  const handle = client.workflow.getHandle(promotion);
  try {
    return (await handle.query(PROMOTION)).evidence;
  } catch (cause) {
    throw new RequestError(
      `${promotion} does not answer which evaluation it carries. See with npx whetstone status whether it waits, and whether a worker runs; ` +
        'or name the evaluation that you read: --evidence HASH',
      { cause },
    );
  }
}
