import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { RequestError } from '../common/errors.ts';
import { DECIDE, DECISION_UPDATES, type DecisionInput, type PersonsDecision } from '../contract/deciding.ts';
import { PROMOTION, WAITING_FOR } from '../contract/messages.ts';
import { sendUpdate } from './send-update.ts';

/** A worker answers within a second; one that is busy, within some. */
const PATIENCE_MS = 10_000;

/** What a decision came to. Not `counted`: nobody has answered, and the server keeps it until a worker does. */
export interface Decided {
  counted: boolean;
  /** In words. */
  text: string;
}

/**
 * Decides on a promotion: by the same Update that the Temporal UI sends. Where nobody answers it, no worker runs, and a server that is
 * stopped then forgets the Update: the same decision is sent as a Signal, too, which it keeps.
 * @param options.promotion its workflow id; may be left out while one waits
 * @throws RequestError where none waits, several do, or the promotion refuses
 */
export async function decide(options: {
  client: Client;
  promotion?: string | undefined;
  decision: PersonsDecision;
  input: DecisionInput;
  patienceMs?: number;
}): Promise<Decided> {
  const { client, promotion, decision, input, patienceMs = PATIENCE_MS } = options;
  const workflowId = promotion ?? (await waitingPromotion(client));
  let counted = true;
  const text = await sendUpdate({
    client,
    workflowId,
    update: DECISION_UPDATES[decision],
    input,
    what: 'promotion',
    unanswered: {
      afterMs: patienceMs,
      instead: async (id) => {
        counted = false;
        await client.workflow.getHandle(workflowId).signal(DECIDE, { decision, ...input, id });
        return (
          `Nobody has answered for ${patienceMs / 1000} s: no worker runs, or it is busy. The Temporal server keeps the decision as the signal 'decide', and it counts ` +
          `once a worker has written it down; nothing has moved yet. Start one: npm start -- --no-run   See what became of it: npx whetstone history MODEL, or the page of ${workflowId} in the Temporal UI`
        );
      },
    },
  });
  return { counted, text };
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

/** How long the promotion alone is asked: where no worker runs, the registry knows as well. */
const ASK_REGISTRY_AFTER_MS = 2_000;

/**
 * Hash of the evaluation that a promotion carries: what a signed decision is about.
 * @param fromRegistry what the registry has, where the promotion does not answer, as no worker runs
 * @throws RequestError where neither says it
 */
export async function evidenceOf(
  client: Client,
  promotion: string,
  fromRegistry: () => Promise<string | null | undefined>,
  patienceMs = PATIENCE_MS,
): Promise<string> {
  const handle = client.workflow.getHandle(promotion);
  const answered = client
    .withDeadline(Date.now() + patienceMs, () => handle.query(PROMOTION))
    .then(
      ({ evidence }) => ({ evidence }),
      (cause: unknown) => ({ cause }),
    );
  const first = await Promise.race([answered, sleep(ASK_REGISTRY_AFTER_MS, undefined, { ref: false })]);
  if (first && 'evidence' in first) return first.evidence;
  const kept = await fromRegistry().catch(() => undefined);
  if (kept) return kept;
  const last = await answered;
  if ('evidence' in last) return last.evidence;
  throw new RequestError(
    `${promotion} does not answer which evaluation it carries, and the registry here does not know it. See with npx whetstone status ` +
      'whether it waits, and whether a worker runs; or name the evaluation that you read: --evidence HASH',
    { cause: last.cause },
  );
}
