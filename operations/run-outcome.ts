import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Paths } from '../configs/paths.ts';
import { PROMOTION, WAITING_FOR, type ImproveResult, type PromoteOutcome } from '../contract/messages.ts';
import { withRegistry } from '../registry/open.ts';

/** What became of a run's promotion; `waiting`: for people. Null where the gate started none. */
export type PromotionStanding =
  PromoteOutcome | { status: 'waiting'; workflowId: string; version: number; signed?: boolean } | null;

/** What a model's alias points at; null where it points at nothing yet. */
export interface Serving {
  model: string;
  alias: string;
  version: number | null;
}

/** A run that has ended, and what came of it. */
export interface RunOutcome {
  result: ImproveResult;
  promotion: PromotionStanding;
  serving: Serving;
  /** From the run's start, also where it was joined later. */
  totalSeconds: number;
}

/** A promotion that asks nobody is decided within seconds; one that still runs after this waits for people. */
const PROMOTION_PATIENCE_MS = 15_000;

/** What came of a run that has ended: its promotion, once that is decided or waits for people, and what serves now. */
export async function runOutcome(options: {
  client: Client;
  paths: Paths;
  run: { workflowId: string; runId: string };
  result: ImproveResult;
  alias: string;
}): Promise<RunOutcome> {
  const { client, paths, run, result, alias } = options;
  const promotion = await awaitPromotion(client, result);
  const serving = await whatServes({ paths, model: result.model, alias });
  const { startTime } = await client.workflow.getHandle(run.workflowId, run.runId).describe();
  return { result, promotion, serving, totalSeconds: (Date.now() - startTime.getTime()) / 1000 };
}

async function awaitPromotion(client: Client, { promotion }: ImproveResult): Promise<PromotionStanding> {
  if (!promotion) return null;
  const handle = client.workflow.getHandle(promotion.workflowId);
  const waiting = { status: 'waiting' as const, ...promotion };
  const deadline = Date.now() + PROMOTION_PATIENCE_MS;
  while (Date.now() < deadline) {
    const { status, typedSearchAttributes } = await handle.describe();
    if (status.name !== 'RUNNING') return (await handle.result()) as PromoteOutcome;
    if (typedSearchAttributes.get(WAITING_FOR)) {
      // Without a worker nobody answers: then the usual command is named, and its refusal names the signed one.
      const standing = await handle.query(PROMOTION).catch(() => undefined);
      return { ...waiting, ...(standing?.signed && { signed: true }) };
    }
    await sleep(250);
  }
  return waiting;
}

async function whatServes(options: { paths: Paths; model: string; alias: string }): Promise<Serving> {
  const { paths, model, alias } = options;
  const models = await withRegistry({ url: paths.registry }, (registry) => registry.models());
  const found = models.find(({ name }) => name === model);
  return { model, alias, version: found?.aliases[alias] ?? null };
}
