import type { DatasetBuilt, ImproveEnd } from '../../contract/messages.ts';
import type { Outcome } from '../../contract/runs/outcome.ts';
import { isNotDone } from '../../contract/runs/run-stages.ts';
import type { EvaluateResult, RegisterResult } from '../../contract/version-messages.ts';
import type { Ends } from './ending.ts';

/** What the ends of runs are called, and what a person can do after each. */

/** Of `improveModel`. */
export const RUN_ENDS: Ends<ImproveEnd> = { outcomeOf: endOfRun, next: afterStop };

/** Of `buildDataset`. */
export const DATASET_ENDS: Ends<DatasetBuilt> = {
  outcomeOf: ({ dataset }) => ({
    is: 'built',
    why: `version ${dataset.version}, ${dataset.kept} examples`,
    next: `Compare it with another version: \`npx whetstone dataset diff BEFORE ${dataset.version}\`.`,
  }),
  next: afterStop,
};

/** Of `registerModel`. */
export const REGISTRATION_ENDS: Ends<RegisterResult> = {
  outcomeOf: ({ model, version, isNew, uri }) => ({
    is: 'registered',
    why: `${isNew ? 'as' : 'before, as'} ${model}@v${version}: ${uri}`,
    next: `It serves nothing yet. Evaluate it: start \`evaluateVersion\` with \`{"version": "${model}@v${version}"}\`, or \`npx whetstone evaluate ${model}@v${version}\`.`,
  }),
  next: afterStop,
};

/** Of `evaluateVersion`. */
export const EVALUATION_ENDS: Ends<EvaluateResult> = {
  outcomeOf: ({ model, version, gate, against, incumbentVersion }) => ({
    is: 'evaluated',
    why: `version ${version}: the gate says ${gate.decision}`,
    next:
      'Read what it answered: `npx whetstone report`. ' +
      (against.model === model && incumbentVersion === version
        ? `It is what ${against.alias} serves: there is nothing to promote there.`
        : `To ask for its promotion: \`npx whetstone promote ${model}@v${version} ${gate.decision === 'promote' ? '' : '--override '}--why "..."\`.`),
  }),
  next: afterStop,
};

function endOfRun(end: ImproveEnd): Outcome {
  if (isNotDone(end)) return { is: end.notDone, why: end.why, next: end.next };
  const { model, gate, faults, promotion, candidates } = end;
  if (promotion) {
    return {
      is: 'passed',
      why: `version ${promotion.version} goes on as ${promotion.workflowId}`,
      next: 'Open that workflow: it moves the alias, or says for whose approval it waits.',
    };
  }
  const version = candidates.find(({ name }) => name === gate.candidate)?.version;
  const kept =
    version === undefined
      ? ''
      : ` It is kept as version ${version}; to ask for its promotion all the same: \`npx whetstone promote ${model}@v${version} --override --why "..."\`.`;
  return {
    is: gate.decision === 'reject' ? 'rejected' : 'held',
    why: (faults ?? gate.reasons).join('; '),
    next: `What serves goes on serving. Read what it answered: \`npx whetstone report\`.${kept}`,
  };
}

function afterStop(how: 'failed' | 'cancelled', type: string): string {
  const again =
    'start the run again: calls that were paid for are kept in the ledger, and are not paid again. What serves goes on serving.';
  if (how === 'cancelled') return `To go on, ${again}`;
  if (type === 'whetstone.input') return 'Start it again with an input such as the one above.';
  if (type === 'whetstone.program') return `Its worker's log has the whole error: report it. Then ${again}`;
  return `Mend what it names, then ${again}`;
}
