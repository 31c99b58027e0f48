import type { Client } from '@temporalio/client';
import type { ArtifactStore, StoredArtifact } from '../artifacts/store.ts';
import { RequestError } from '../common/errors.ts';
import type { ImproveResult } from '../contract/messages.ts';
import { findEvidence } from '../evidence/find.ts';
import { newestPage } from '../evidence/keep.ts';
import type { Registry } from '../registry/store.ts';

/**
 * The page that a person asks for: of a promotion, a run or an evaluation, else the newest. `id` is what the gateway knows it by;
 * the newest has none.
 * @throws RequestError where there is none
 */
export async function reportOf(options: {
  artifacts: Pick<ArtifactStore, 'list'>;
  registry: Pick<Registry, 'promotion' | 'getVersion'>;
  asked?: string | undefined;
  withTemporal: <T>(work: (client: Client) => Promise<T>) => Promise<T>;
}): Promise<{ page: StoredArtifact; id?: string }> {
  const { asked, withTemporal, ...where } = options;
  if (asked === undefined) {
    const page = await newestPage(where.artifacts);
    if (page) return { page };
    throw new RequestError('There is no evidence page yet. A run writes one at its gate: npx whetstone run quickstart');
  }
  const id = asked.startsWith('improve/') ? await withTemporal((client) => pageOfRun(client, asked)) : asked;
  const page = await findEvidence(id, where);
  if (page) return { page, id };
  throw new RequestError(
    `no evidence page of '${asked}'; expected the id of a run that has ended, of a promotion (npx whetstone status lists both), or the hash of an evaluation`,
  );
}

/** The promotion that a run started, whose page says more, else its evaluation. */
async function pageOfRun(client: Client, workflowId: string): Promise<string> {
  const handle = client.workflow.getHandle(workflowId);
  const { status } = await handle.describe().catch((cause: unknown) => {
    throw new RequestError(`no run '${workflowId}'; npx whetstone status lists them`, { cause });
  });
  if (status.name !== 'COMPLETED')
    throw new RequestError(`${workflowId} is ${status.name.toLowerCase()}; its evidence page is written at its gate`);
  const { promotion, evidence } = (await handle.result()) as ImproveResult;
  if (!evidence) throw new RequestError(`${workflowId} wrote no evidence page`);
  return promotion?.workflowId ?? evidence.evaluation;
}
