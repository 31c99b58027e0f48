import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { MODEL, ROLLBACK_EXAMPLE, RollbackInputSchema, STAGE, type RollbackInput } from '../contract/messages.ts';
import { nextOfAliasMove } from './telling/alias-ends.ts';
import { tellEnding } from './telling/ending.ts';
import { parseInput } from './parse-input.ts';
import { rollbackAlias } from './proxies.ts';

interface RolledBack {
  model: string;
  alias: string;
  from: number;
  to: number;
}

/** Puts back the version that served before, from the Temporal UI. The CLI and the gateway call the same registry function. */
export function rollbackModel(rawInput: RollbackInput): Promise<RolledBack> {
  return tellEnding(() => rollBack(rawInput), {
    outcomeOf: ({ model, alias, from, to }) => ({
      is: 'rolled back',
      why: `${alias} of ${model} points at version ${to}`,
      next: `Version ${from} is withdrawn: nothing promotes it again until \`npx whetstone unblock ${model} ${from} --why "..."\`.`,
    }),
    next: nextOfAliasMove,
  });
}

async function rollBack(rawInput: RollbackInput): Promise<RolledBack> {
  const input = parseInput({
    schema: RollbackInputSchema,
    input: rawInput,
    workflow: 'rollbackModel',
    example: ROLLBACK_EXAMPLE,
  });
  upsertSearchAttributes([
    { key: MODEL, value: input.model },
    { key: STAGE, value: 'rollback' },
  ]);
  const { from, to } = await rollbackAlias({ requestId: workflowInfo().firstExecutionRunId, ...input });
  return { model: input.model, alias: input.alias, from, to };
}
