import { resolve } from 'node:path';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy, type Client } from '@temporalio/client';
import { canonicalJson } from '../../common/canonical-json.ts';
import { sha256Of } from '../../common/hash.ts';
import type { Paths } from '../../configs/paths.ts';
import { TASK_QUEUES } from '../../contract/queues.ts';
import { evaluateId, EvaluateInputSchema, type EvaluateInput } from '../../contract/version-messages.ts';
import type { Registry } from '../../registry/store.ts';
import type { evaluateVersion } from '../../workflows/versions/evaluate-version.ts';
import { prepareRun } from '../load-config.ts';
import { namedAlias, namedVersion } from '../promotions/named-version.ts';

export interface EvaluateRequest {
  /** `name@v3`, `name@staging` or `name`. */
  name: string;
  /** As they were typed where the command stands, or `test`. */
  suites?: string[] | undefined;
  config?: string | undefined;
  /** `name@alias`. */
  against?: string | undefined;
  fresh?: boolean;
}

/**
 * What `evaluateVersion` is started with: the version by its number, so that an alias that moves changes nothing.
 * @throws NotInRegistryError, RequestError, ConfigError before anything is started
 */
export async function evaluationInput(
  { registry, paths }: { registry: Registry; paths: Paths },
  request: EvaluateRequest,
): Promise<EvaluateInput> {
  const { name, suites, config, against, fresh = false } = request;
  const { model, version } = await namedVersion(registry, name);
  const other = against === undefined ? undefined : namedAlias(against);
  const run = config === undefined ? undefined : await prepareRun({ config, paths });
  return {
    version: `${model}@v${version}`,
    ...(suites && { suites: suites.map((suite) => (suite === 'test' ? suite : suitePath(suite, paths))) }),
    ...(run && { config: run.input.config }),
    ...(other && { against: `${other.model}@${other.alias}` }),
    fresh,
  };
}

/** A suite below the project goes by its path from there, as configs name it; any other by its whole path. */
function suitePath(suite: string, { projectRoot }: Paths): string {
  const path = resolve(suite);
  return path.startsWith(`${projectRoot}/`) ? path.slice(projectRoot.length + 1) : path;
}

/** Starts an evaluation, or joins the open one of the same input. */
export async function startEvaluation(
  client: Client,
  input: EvaluateInput,
): Promise<{ workflowId: string; runId: string }> {
  const inputHash = sha256Of(canonicalJson(EvaluateInputSchema.parse(input)));
  const [model = '', version = ''] = input.version.split('@');
  const workflowId = evaluateId({ model, version, inputHash });
  const handle = await client.workflow.start<typeof evaluateVersion>('evaluateVersion', {
    workflowId,
    taskQueue: TASK_QUEUES.control,
    args: [input],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    staticSummary: `Evaluate ${input.version}`,
  });
  return { workflowId, runId: handle.firstExecutionRunId };
}
