import { workflowInfo } from '@temporalio/workflow';
import type { PromoteInput, PromoteOutcome } from '../../contract/messages.ts';
import type { Ends } from './ending.ts';

/** What the ends of a promotion are called, and what a person can do after each. */
export const promotionEnds = (input: Partial<PromoteInput>): Ends<PromoteOutcome> => ({
  outcomeOf: ({ status, model, alias, version, reasons, ...rest }) => ({
    is: status,
    // The word before says it already.
    why: reasons.join('; ').replace(/^rejected /, ''),
    next:
      status === 'promoted'
        ? `Ask it: \`npx whetstone ask ${model}@${alias} "..."\`. ${wayBack({ model, alias, ...input })}`
        : 'goesOnAs' in rest && rest.goesOnAs !== undefined
          ? `What served before goes on serving. Decide on the promotion that waits in its place: [${rest.goesOnAs}](${pageOf(rest.goesOnAs)}).`
          : `What served before goes on serving. Version ${version} is kept; to ask for its promotion again: \`npx whetstone promote ${model}@v${version} --alias ${alias} --why "..."\`.`,
  }),
  next: (how) =>
    how === 'cancelled'
      ? 'What served before goes on serving. The version is kept: `npx whetstone promote MODEL@vN --why "..."` asks for its promotion again.'
      : 'The registry says whether the alias was moved: `npx whetstone history MODEL`. The version is kept: `npx whetstone promote MODEL@vN --why "..."` asks for its promotion again.',
});

/** What puts right a promotion that was wrong. A rollback goes to the untuned base only where somebody says so. */
function wayBack({
  model,
  alias,
  incumbentVersion,
  baseVersion,
}: Partial<PromoteInput> & Pick<PromoteOutcome, 'model' | 'alias'>): string {
  const name = `${model}@${alias}`;
  // Where nothing served, the alias is pointed at the base first.
  const fromBase = incumbentVersion === null || (incumbentVersion !== undefined && incumbentVersion === baseVersion);
  return fromBase
    ? `Should it answer badly, to serve nothing: \`npx whetstone takedown ${name} --why "..."\`. To put back the untuned base, where no other version served before: \`npx whetstone rollback ${name} --base --why "..."\`.`
    : `Should it answer worse than what served before: \`npx whetstone rollback ${name} --why "..."\`.`;
}

/** Of a workflow, in the Temporal UI that shows this one. */
const pageOf = (workflowId: string) =>
  `/namespaces/${encodeURIComponent(workflowInfo().namespace)}/workflows/${encodeURIComponent(workflowId)}`;
