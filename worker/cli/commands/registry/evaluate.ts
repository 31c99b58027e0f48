import { Command } from 'commander';
import type { EvaluateResult } from '../../../../contract/version-messages.ts';
import { evaluationTable, meaningLines } from '../../../../evaluation/report/report.ts';
import { evaluationInput, startEvaluation } from '../../../../operations/versions/evaluate.ts';
import { followOnTerminal } from '../../follow.ts';
import { jsonOption } from '../../options.ts';
import { goesOnAfterInterrupt, paths, say, typedConfig, withRegistry, withTemporal } from '../context.ts';

interface Options {
  suite?: string[];
  config?: string;
  against?: string;
  fresh?: boolean;
  detach?: boolean;
  json?: boolean;
}

/** `evaluate MODEL@vN`: a version that is registered, on the suites of its last evaluation or on others, against what serves now. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Evaluate a registered version: on a new suite, or against what serves now')
    .argument('<version>', 'such as womens-health@v3, or womens-health@staging for what staging serves')
    .option('--suite <file...>', 'files of questions, or test; without, what its last evaluation asked')
    .option('--config <config>', 'whose evaluation and gate settings count; without, those of its last evaluation')
    .option('--against <alias>', 'compare with what this serves, such as womens-health@production')
    .option('--fresh', 'ask the models again for what was paid for before')
    .option('--detach', 'start it and return; follow it with `whetstone status` or in the Temporal UI')
    .addOption(jsonOption())
    .action(async (name: string, { suite, config, against, fresh = false, detach, json }: Options) => {
      const request = { name, suites: suite, config: config && typedConfig(config), against, fresh };
      const input = await withRegistry((registry) => evaluationInput({ registry, paths: paths() }, request));
      await withTemporal(async (client) => {
        const started = await startEvaluation(client, input);
        if (detach) return say(json ? JSON.stringify(started, null, 2) : `Started ${started.workflowId}`);
        if (json) {
          const handle = client.workflow.getHandle(started.workflowId, started.runId);
          return say(JSON.stringify(await handle.result(), null, 2));
        }
        goesOnAfterInterrupt({ what: `The evaluation of ${input.version}`, id: started.workflowId });
        say(`Evaluation ${started.workflowId}`);
        say(resultText(await followOnTerminal<EvaluateResult>({ client, ...started })));
      });
    });
}

/** The table, the gate's words, and what can be done next. */
export function resultText(result: EvaluateResult, width = process.stdout.columns): string {
  const { model, version, evaluation, gate, against, incumbentVersion, page } = result;
  const { candidate } = gate;
  const alias = `${against.model}@${against.alias}`;
  const serves = incumbentVersion === null ? 'which serves nothing' : `which serves version ${incumbentVersion}`;
  const next =
    against.model === model && incumbentVersion === version
      ? [`It is what ${alias} serves, and stands beside its base: there is nothing to promote there`]
      : against.model === model
        ? [`To ask for its promotion: npx whetstone promote ${model}@v${version} --alias ${against.alias} --why "..."`]
        : [];
  return [
    evaluationTable(evaluation, candidate, width),
    ...meaningLines(evaluation, candidate),
    '',
    `${model} version ${version}, compared with ${evaluation.against}; ${alias}, ${serves}`,
    `Gate: ${gate.decision} ${candidate}`,
    ...gate.reasons.map((reason) => `  - ${reason}`),
    ...(page ? [`Evidence: ${page.link}`] : []),
    ...next,
  ].join('\n');
}
