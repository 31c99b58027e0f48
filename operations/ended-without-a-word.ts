import type { Client } from '@temporalio/client';

/** How the server ended a workflow of which no code ran any more: it could tell nothing, and its attributes say what they said before. */
export async function endedByServer(
  client: Client,
  { workflowId, runId, status }: { workflowId: string; runId: string; status: string },
): Promise<string> {
  if (status === 'TIMED_OUT') return 'timed out: it took longer than its workflow may';
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const { reason, identity } = history?.events?.[0]?.workflowExecutionTerminatedEventAttributes ?? {};
  return `terminated${reason ? `: ${reason}` : ''}${identity ? ` (by ${identity})` : ''}`;
}
