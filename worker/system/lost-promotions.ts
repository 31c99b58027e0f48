import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { SETTLED } from '../../contract/messages.ts';
import { isOpen } from '../../registry/decisions/closing.ts';
import { NotInRegistryError, type Promotion } from '../../registry/schema.ts';
import type { Registry } from '../../registry/store.ts';

/** A promotion waits for 90 days at the most; a server that does not know an older one has forgotten it. */
const FORGOTTEN_AFTER_DAYS = 91;

/**
 * Closes promotions that the registry holds open though their workflow is over: one that was terminated can't write it down
 * itself. Returns the ids of those closed.
 */
export async function closeLostPromotions(options: {
  client: Client;
  registry: Pick<Registry, 'openPromotions' | 'closePromotion'>;
  /** ISO 8601. */
  now: () => string;
}): Promise<string[]> {
  const { client, registry, now } = options;
  const closed: string[] = [];
  for (const promotion of await registry.openPromotions()) {
    const why = await endOf(client, promotion, now());
    if (why === undefined) continue;
    await registry.closePromotion({ promotionId: promotion.id, why, by: 'whetstone', at: now() });
    closed.push(promotion.id);
  }
  return closed;
}

/** How a promotion's workflow ended; undefined while it runs, or where another server may know it. */
async function endOf(client: Client, { id, createdAt }: Promotion, at: string): Promise<string | undefined> {
  try {
    const { status } = await client.workflow.getHandle(id).describe();
    return status.name === 'RUNNING' ? undefined : `its workflow ended: ${status.name.toLowerCase().replace('_', ' ')}`;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const days = (Date.parse(at) - Date.parse(createdAt)) / 86_400_000;
    return days > FORGOTTEN_AFTER_DAYS ? 'its workflow is not known any more' : undefined;
  }
}

/**
 * Tells promotions that still run, though the registry has settled them, to look there: what superseded one tells it at once, unless it was
 * killed before, or came without a workflow. Returns the ids of those told.
 */
export async function tellSettledPromotions(options: {
  client: Client;
  registry: Pick<Registry, 'promotion'>;
}): Promise<string[]> {
  const { client, registry } = options;
  const told: string[] = [];
  const query = 'WorkflowType = "promoteModel" AND ExecutionStatus = "Running"';
  for await (const { workflowId } of client.workflow.list({ query })) {
    if (await stillOpen(registry, workflowId)) continue;
    await client.workflow
      .getHandle(workflowId)
      .signal(SETTLED)
      .then(
        () => told.push(workflowId),
        (error: unknown) => {
          // It has ended meanwhile.
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        },
      );
  }
  return told;
}

/** One that is not in the registry yet is about to be opened. */
async function stillOpen(registry: Pick<Registry, 'promotion'>, id: string): Promise<boolean> {
  try {
    return isOpen((await registry.promotion(id)).state);
  } catch (error) {
    if (error instanceof NotInRegistryError) return true;
    throw error;
  }
}
