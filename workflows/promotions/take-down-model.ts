import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { MODEL, STAGE, TAKEDOWN_EXAMPLE, TakedownInputSchema, type TakedownInput } from '../../contract/messages.ts';
import { parseInput } from '../parse-input.ts';
import { takeDownAlias } from '../proxies.ts';
import { nextOfAliasMove } from '../telling/alias-ends.ts';
import { tellEnding } from '../telling/ending.ts';

interface TakenDown {
  model: string;
  alias: string;
  from: number;
}

/** Serves nothing at once, from the Temporal UI. The CLI calls the same registry function. */
export function takeDownModel(rawInput: TakedownInput): Promise<TakenDown> {
  return tellEnding(() => takeDown(rawInput), {
    outcomeOf: ({ model, alias, from }) => ({
      is: 'taken down',
      why: `${alias} of ${model} serves nothing; version ${from} did`,
      next: `To bring a version back, start the workflow \`rollbackModel\` with an input such as \`${JSON.stringify({ model, alias, to: from, by: 'your name', why: 'the reason' })}\`.`,
    }),
    next: (how) => nextOfAliasMove(how, TAKEDOWN_EXAMPLE),
  });
}

async function takeDown(rawInput: TakedownInput): Promise<TakenDown> {
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
  return { model, alias, from };
}
