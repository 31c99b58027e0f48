import { decimals } from '../../../common/figure-text.ts';
import Table from 'cli-table3';
import { Command } from 'commander';
import { failureLines } from '../../../contract/failures.ts';
import { constantPredictor } from '../../../evaluation/statistics/agreement.ts';
import { calibrate, type Calibrated } from '../../../operations/judges/calibrate.ts';
import { listJudges, withJudges, type ListedJudge } from '../../../operations/judges/known-judges.ts';
import type { Calibration } from '../../../registry/schema.ts';
import { createProgressView } from '../progress-view.ts';
import { currentUser, here, say, typedConfig, withRegistry } from './context.ts';

/** `judges ...`: which judges there are, and how far each agrees with people. */
export function judgesCommand(): Command {
  const command = new Command('judges').description('Judges: which there are, and how far each agrees with people');
  const config = ['--config <config>', 'also the judges of this config: a name below configs/ or a YAML file'] as const;
  command
    .command('list')
    .description('List judges with their versions and calibrations')
    .option(...config)
    .action((options: { config?: string }) =>
      withJudges({ ...here(), config: typed(options) }, async (judges) =>
        say(listText(await withRegistry((registry) => listJudges(judges, registry)))),
      ),
    );
  command
    .command('calibrate')
    .description('Compare a judge with what people said of the same answers, and keep the figures')
    .argument('<judge>', 'a rule judge, a metric, or a judge of --config by its name, such as llm-faithfulness')
    .argument('<labels>', 'JSON lines of {question, answer, label: "pass" or "fail", reference?, context?, ...}')
    .option(...config)
    .option('--by <name>', 'whose labels these are', currentUser())
    .action((name: string, file: string, options: { config?: string; by: string }) =>
      calibrateNamed({ name, file, config: typed(options), by: options.by }),
    );
  return command;
}

const typed = ({ config }: { config?: string }) => (config === undefined ? undefined : typedConfig(config));

async function calibrateNamed(input: {
  name: string;
  file: string;
  config: string | undefined;
  by: string;
}): Promise<void> {
  const { name, file, config, by } = input;
  const view = createProgressView(process.stdout);
  const onProgress = (done: number, total: number) =>
    view.update([{ stage: 'calibration', ended: done === total, label: 'judged', done, total, text: name }]);
  const calibrated = await withJudges({ ...here(), config, asked: name }, (judges) =>
    withRegistry((registry) => calibrate({ judges, registry, name, file, by, onProgress })),
  ).finally(() => view.stop());
  const { failures, before } = calibrated;
  say(calibrationText(name, calibrated));
  for (const line of failureLines(failures)) say(`Counted as failed by the judge: ${line}`);
  if (before)
    say(`It takes the place of the calibration by ${before.by}: ${before.labels} labels, kappa ${kappaText(before)}.`);
}

function listText(judges: readonly ListedJudge[]): string {
  const table = new Table({
    head: ['judge', 'version', 'calls a model', 'kappa with people', 'labels', 'order as graders', 'note'],
    style: { head: [], border: [] },
  });
  for (const { name, version, callsModel, calibration, calibratedVersion, graders } of judges)
    table.push([
      name,
      version,
      callsModel ? 'yes' : 'no',
      calibration ? kappaText(calibration) : 'not calibrated',
      calibration?.labels ?? '',
      graders ? `${graders.same} of ${graders.same + graders.opposite}` : '',
      calibratedVersion === undefined ? '' : `version ${calibratedVersion} was; calibrate again`,
    ]);
  return table.toString();
}

const percent = (share: number) => `${(share * 100).toFixed(1)}%`;
const kappaText = ({ kappa, low, high, confidence }: Calibration) =>
  `${kappa.toFixed(2)} (${Math.round(confidence * 100)}% ${decimals(low, 2)} to ${decimals(high, 2)})`;

function calibrationText(name: string, { calibration, leftOut }: Calibrated): string {
  const { judge, version, labels, humanPasses, agreement, falsePositives, falseNegatives } = calibration;
  const constant = constantPredictor(calibration);
  const fails = labels - humanPasses;
  const of = (count: number, all: number) => `${count} of ${all}${all > 0 ? ` (${percent(count / all)})` : ''}`;
  const table = new Table({
    head: ['', `judge ${judge}`, `always "${constant.says}"`],
    style: { head: [], border: [] },
  });
  table.push(
    ['agreement', percent(agreement), percent(constant.agreement)],
    ["Cohen's kappa", kappaText(calibration), '0.00'],
    ['passed what people fail', of(falsePositives, fails), of(constant.falsePositives, fails)],
    ['failed what people pass', of(falseNegatives, humanPasses), of(constant.falseNegatives, humanPasses)],
  );
  return [
    `${name}: version ${version}, ${labels} labels, of which people pass ${humanPasses}`,
    table.toString(),
    ...(leftOut > 0
      ? [`${leftOut} labels were left out: the judge does not judge answers of their kind or language.`]
      : []),
    'Kept in the registry. It holds for this version: after a change of prompt, labels or model, calibrate again.',
  ].join('\n');
}
