import { resolve } from 'node:path';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy, type Client } from '@temporalio/client';
import { canonicalJson } from '../../common/canonical-json.ts';
import { RequestError } from '../../common/errors.ts';
import { sha256Of } from '../../common/hash.ts';
import { TASK_QUEUES } from '../../contract/queues.ts';
import { registerId, RegisterInputSchema, type RegisterInput } from '../../contract/version-messages.ts';
import type { registerModel } from '../../workflows/versions/register-model.ts';

/** What `registerModel` is started with. @throws RequestError that names the option, before anything is started */
export function registrationOf(input: RegisterInput): RegisterInput {
  const { folder } = input;
  const parsed = RegisterInputSchema.safeParse({ ...input, ...(folder !== undefined && { folder: resolve(folder) }) });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) =>
      `${path.length > 0 ? `${path.join('.')}: found '${String(input[path[0] as 'hub'])}'; ` : ''}${message}`,
  );
  throw new RequestError(problems.join('; '));
}

/** Starts a registration, or joins the open one of the same input. */
export async function startRegistration(
  client: Client,
  input: RegisterInput,
): Promise<{ workflowId: string; runId: string }> {
  const workflowId = registerId({ model: input.model, inputHash: sha256Of(canonicalJson(input)) });
  const handle = await client.workflow.start<typeof registerModel>('registerModel', {
    workflowId,
    taskQueue: TASK_QUEUES.control,
    args: [input],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    staticSummary: `Register ${input.folder ?? input.hub ?? input.hosted ?? input.like ?? ''} as ${input.model}`,
  });
  return { workflowId, runId: handle.firstExecutionRunId };
}
