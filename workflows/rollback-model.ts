import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { MODEL, ROLLBACK_EXAMPLE, RollbackInputSchema, STAGE, type RollbackInput } from '../contract/messages.ts';
import { parseInput } from './parse-input.ts';
import { rollbackAlias } from './proxies.ts';

/** Puts back the version that served before, from the Temporal UI. The CLI and the gateway call the same registry function. */
export async function rollbackModel(
  rawInput: RollbackInput,
): Promise<{ model: string; alias: string; from: number; to: number }> {
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
  setCurrentDetails(
    `**Rolled back.** ${input.alias} of ${input.model} points at version ${to}; version ${from} is blocked.\n\n<br><br>`,
  );
  return { model: input.model, alias: input.alias, from, to };
}
