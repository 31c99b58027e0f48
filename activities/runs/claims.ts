import { Context } from '@temporalio/activity';
import type { Activities } from '../../contract/activities.ts';
import type { RunClaim } from '../../registry/runs/runs.ts';
import type { ControlDependencies } from '../dependencies.ts';

type Server = ReturnType<typeof Context.current>['client'];

/** Which run works on a model, and what the last one was made of. */
export function runActivities({
  registry,
  now,
}: Pick<ControlDependencies, 'registry' | 'now'>): Pick<
  Activities,
  'claimModel' | 'compareWithLastRun' | 'keepFinishedRun'
> {
  return {
    async claimModel({ model, workflowId, runId }) {
      const { client, info } = Context.current();
      let over: string | undefined;
      for (;;) {
        const claim = { model, namespace: info.namespace, workflowId, runId, at: now() };
        const holder = await registry.claimRun({ ...claim, ...(over !== undefined && { over }) });
        if (holder.runId === runId) {
          const summary = await (await client.workflow.getHandle(workflowId).describe()).staticSummary();
          return { status: 'claimed', ...(summary && { summary }) };
        }
        if (await isOpen(client, holder))
          return { status: 'taken', by: { workflowId: holder.workflowId, runId: holder.runId, since: holder.at } };
        over = holder.runId;
      }
    },

    async compareWithLastRun({ model, madeOf }) {
      const last = await registry.lastFinishedRun(model, (run) => run.madeOf['config'] === madeOf['config']);
      if (!last) return { changed: [] };
      const { workflowId, runId, at, outcome } = last;
      const parts = [...new Set([...Object.keys(last.madeOf), ...Object.keys(madeOf)])].sort();
      return {
        last: { workflowId, runId, at, outcome },
        changed: parts.filter((part) => last.madeOf[part] !== madeOf[part]),
      };
    },

    keepFinishedRun: (run) => registry.keepFinishedRun({ ...run, at: now() }),
  };
}

/** As the server numbers them. */
const RUNNING = 1;
const NOT_FOUND = 5;

/** Whether the run that has a model still goes on, also where it was reset. A server that does not know it any more has no such run. */
async function isOpen(server: Server, { namespace, workflowId, runId }: RunClaim): Promise<boolean> {
  try {
    const { workflowExecutionInfo: info } = await server.workflowService.describeWorkflowExecution({
      namespace,
      execution: { workflowId },
    });
    return info?.status === RUNNING && [info.firstRunId, info.execution?.runId].includes(runId);
  } catch (error) {
    if ((error as { code?: unknown }).code === NOT_FOUND) return false;
    throw error;
  }
}
