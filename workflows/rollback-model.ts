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
  /** What served until then, or was taken down before. */
  withdrawn?: number;
}

/** Puts back the version that served before, from the Temporal UI. The CLI and the gateway call the same registry function. */
export function rollbackModel(rawInput: RollbackInput): Promise<RolledBack> {
  return tellEnding(() => rollBack(rawInput), {
    outcomeOf: ({ model, alias, from, to, withdrawn = from }) => ({
      is: 'rolled back',
      why: `${alias} of ${model} points at version ${to}`,
      // Where nothing served, and what was taken down came back, there is nothing to withdraw.
      next:
        withdrawn === 0
          ? 'No version was withdrawn.'
          : `Version ${withdrawn} is withdrawn: nothing promotes it again until \`npx whetstone unblock ${model} ${withdrawn} --why "..."\`.`,
    }),
    next: (how) => nextOfAliasMove(how, ROLLBACK_EXAMPLE),
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
  const { from, to, withdrawn } = await rollbackAlias({ requestId: workflowInfo().firstExecutionRunId, ...input });
  return { model: input.model, alias: input.alias, from, to, ...(withdrawn !== undefined && { withdrawn }) };
}
