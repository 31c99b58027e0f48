import { workflowInfo } from '@temporalio/workflow';
import type { PromoteOutcome } from '../../contract/messages.ts';
import type { Ends } from './ending.ts';

/** What the ends of a promotion are called, and what a person can do after each. */
export const PROMOTION_ENDS: Ends<PromoteOutcome> = {
  outcomeOf: ({ status, model, alias, version, reasons, ...rest }) => ({
    is: status,
    // The word before says it already.
    why: reasons.join('; ').replace(/^rejected /, ''),
    next:
      status === 'promoted'
        ? `Ask it: \`npx whetstone ask ${model}@${alias} "..."\`. Should it answer worse than what served before: \`npx whetstone rollback ${model}@${alias} --why "..."\`.`
        : 'goesOnAs' in rest && rest.goesOnAs !== undefined
          ? `What served before goes on serving. Decide on the promotion that waits in its place: [${rest.goesOnAs}](${pageOf(rest.goesOnAs)}).`
          : `What served before goes on serving. Version ${version} is kept; to ask for its promotion again: \`npx whetstone promote ${model}@v${version} --alias ${alias} --why "..."\`.`,
  }),
  next: (how) =>
    how === 'cancelled'
      ? 'What served before goes on serving. The version is kept: `npx whetstone promote MODEL@vN --why "..."` asks for its promotion again.'
      : 'The registry says whether the alias was moved: `npx whetstone history MODEL`. The version is kept: `npx whetstone promote MODEL@vN --why "..."` asks for its promotion again.',
};

/** Of a workflow, in the Temporal UI that shows this one. */
const pageOf = (workflowId: string) =>
  `/namespaces/${encodeURIComponent(workflowInfo().namespace)}/workflows/${encodeURIComponent(workflowId)}`;
