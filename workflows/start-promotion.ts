import { ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import type { ResolvedRun } from '../contract/dataset-stages.ts';
import type { DataRef } from '../schema/data.ts';
import { promoteId, type PromoteInput } from '../contract/messages.ts';
import { promoteModel } from './promote-model.ts';

/** Starts `promoteModel` as a workflow of its own that outlives this run. */
export async function startPromotion(options: {
  resolved: ResolvedRun;
  version: number;
  baseVersion: number;
  incumbentVersion: number | null;
  gate: PromoteInput['gate'];
  evidence: DataRef;
  summary: string;
  page: PromoteInput['page'];
  runId: string;
  startedBy: PromoteInput['startedBy'];
}): Promise<{ workflowId: string; version: number }> {
  const { resolved, version, baseVersion, incumbentVersion, gate, evidence, summary, page, runId, startedBy } = options;
  const { name: model, promote } = resolved.config;
  const workflowId = promoteId({ model, alias: promote.alias, runId });
  const input: PromoteInput = {
    model,
    version,
    alias: promote.alias,
    incumbentVersion,
    baseVersion,
    approvals: promote.approvals,
    expiresAfterMs: promote.expiresAfterHours * 3_600_000,
    gate,
    evidence,
    summary,
    ...(page && { page }),
    requestedBy: workflowInfo().workflowId,
    ...(startedBy && { startedBy }),
    ...(promote.maxAge !== undefined || promote.constraints
      ? { asks: { ...(promote.maxAge !== undefined && { maxAge: promote.maxAge }), ...promote.constraints } }
      : {}),
  };
  await startChild(promoteModel, {
    workflowId,
    args: [input],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `${model} version ${version} to ${promote.alias}`,
  });
  return { workflowId, version };
}
