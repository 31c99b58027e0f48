import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { MODEL, reviewExample, ReviewInputSchema, STAGE, type ReviewInput } from '../../contract/messages.ts';
import type { ReviewedMove } from '../../contract/promotion-stages.ts';
import { parseInput } from '../parse-input.ts';
import { recordReview } from '../proxies.ts';
import { tellEnding } from '../telling/ending.ts';

interface Reviewed extends ReviewedMove {
  promotion: string;
  by: string;
}

/** Closes the review that a move past the rules owes, from the Temporal UI. The CLI calls the same registry function. */
export function reviewPromotion(rawInput: ReviewInput): Promise<Reviewed> {
  return tellEnding(() => review(rawInput), {
    outcomeOf: ({ promotion, by, model, alias, version }) => ({
      is: 'reviewed',
      why: `by ${by}: the move of ${alias} of ${model} to version ${version}, ${promotion}`,
      next: 'Nothing is owed for it any more.',
    }),
    next: (how) =>
      how === 'failed'
        ? `The review is as it was. Start it again with an input such as \`${reviewExample()}\`, changed as its reason asks.`
        : 'See with `npx whetstone history MODEL` whether the review was written down before it was cancelled.',
  });
}

async function review(rawInput: ReviewInput): Promise<Reviewed> {
  const input = parseInput({
    schema: ReviewInputSchema,
    input: rawInput,
    workflow: 'reviewPromotion',
    example: reviewExample(),
  });
  const { promotion, by, why, signed } = input;
  upsertSearchAttributes([{ key: STAGE, value: 'review' }]);
  const { firstExecutionRunId: requestId, startTime } = workflowInfo();
  const receivedAt = startTime.toISOString();
  const of = { requestId, promotionId: promotion, by, why, receivedAt };
  const move = await recordReview({ ...of, ...(signed && { proof: signed }) });
  upsertSearchAttributes([{ key: MODEL, value: move.model }]);
  return { promotion, by, ...move };
}
