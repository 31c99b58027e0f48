import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { MODEL, STAGE, TAKEDOWN_EXAMPLE, TakedownInputSchema, type TakedownInput } from '../../contract/messages.ts';
import { parseInput } from '../parse-input.ts';
import { takeDownAlias } from '../proxies.ts';

/** Serves nothing at once, from the Temporal UI. The CLI calls the same registry function. */
export async function takeDownModel(rawInput: TakedownInput): Promise<{ model: string; alias: string; from: number }> {
  const input = parseInput({
    schema: TakedownInputSchema,
    input: rawInput,
    workflow: 'takeDownModel',
    example: TAKEDOWN_EXAMPLE,
  });
  const { model, alias } = input;
  upsertSearchAttributes([
    { key: MODEL, value: model },
    { key: STAGE, value: 'takedown' },
  ]);
  const { from } = await takeDownAlias({ requestId: workflowInfo().firstExecutionRunId, ...input });
  const back = JSON.stringify({ model, alias, to: from, by: 'your name', why: 'the reason' });
  setCurrentDetails(
    `**Taken down.** ${alias} of ${model} serves nothing; version ${from} did. To bring a version back, start the workflow \`rollbackModel\` with an input such as \`${back}\`.\n\n<br><br>`,
  );
  return { model, alias, from };
}
