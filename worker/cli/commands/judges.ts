import { readFileSync } from 'node:fs';
import Table from 'cli-table3';
import { Command } from 'commander';
import { FailureTally } from '../../../failures/failure-tally.ts';
import { orFailed, type ItemFailure } from '../../../failures/item-failure.ts';
import { LimitsSchema, type RemoteModelSpec } from '../../../configs/schema.ts';
import { loadKeyPolicy } from '../../../configs/load.ts';
import { unknownName } from '../../../common/unknown-name.ts';
import { decodeText, notTextMessage } from '../../../common/decode-text.ts';
import { sha256Of } from '../../../common/hash.ts';
import { agreementOf, constantPredictor, type LabelledJudgement } from '../../../evaluation/statistics/agreement.ts';
import { createJudge, createJudges, createMetric, METRICS, RULE_JUDGES } from '../../../judges/index.ts';
import { parseLabels, type Label } from '../../../judges/labels.ts';
import { JudgeReplyError, type Judge } from '../../../judges/types.ts';
import { mapConcurrent } from '../../../common/concurrent.ts';
import { createChatModel, modelIdentity } from '../../../providers/index.ts';
import { openLedger, type Ledger } from '../../../providers/ledger/ledger.ts';
import type { Calibration } from '../../../registry/schema.ts';
import { createProgressView } from '../progress-view.ts';
import { failureLines, type FailureCount } from '../../../contract/failures.ts';
import { loadForRun } from '../run-and-report.ts';
import { CommandError, currentUser, paths, say, withRegistry } from './context.ts';

const JUDGED_AT_ONCE = 64;

/** `judges ...`: which judges there are, and how far each agrees with people. */
export function judgesCommand(): Command {
  const command = new Command('judges').description('Judges: which there are, and how far each agrees with people');
  const config = ['--config <config>', 'also the judges of this config: a name below configs/ or a YAML file'] as const;
  command
    .command('list')
    .description('List judges with their versions and calibrations')
    .option(...config)
    .action((options: { config?: string }) => withJudges({ config: options.config }, list));
  command
    .command('calibrate')
    .description('Compare a judge with what people said of the same answers, and keep the figures')
    .argument('<judge>', 'a rule judge, a metric, or a judge of --config by its name, such as llm-faithfulness')
    .argument('<labels>', 'JSON lines of {question, answer, label: "pass" or "fail", reference?, context?, ...}')
    .option(...config)
    .option('--by <name>', 'whose labels these are', currentUser())
    .action((name: string, file: string, options: { config?: string; by: string }) =>
      withJudges({ config: options.config, asked: name }, (judges) =>
        calibrate({ judges, name, file, by: options.by }),
      ),
    );
  return command;
}

/** Rule judges and metrics by name, and the judges of a config by theirs, whose model calls go through the ledger. */
async function withJudges<T>(
  { config, asked }: { config: string | undefined; asked?: string },
  work: (judges: Map<string, Judge>) => Promise<T>,
): Promise<T> {
  const judges = new Map<string, Judge>();
  for (const [name, make] of Object.entries(RULE_JUDGES)) judges.set(name, make());
  for (const name of Object.keys(METRICS)) judges.set(name, createMetric(name));
  let ledger: Ledger | undefined;
  try {
    if (config !== undefined) {
      const { projectRoot, ledger: file } = paths();
      const loaded = await loadForRun({ config, paths: paths() });
      const keys = { env: process.env, servers: await loadKeyPolicy(projectRoot) };
      const opened = (ledger = await openLedger(file));
      const real = {
        chatModel: (spec: RemoteModelSpec) => opened.wrap(createChatModel(spec, keys), { runId: 'calibration' }),
      };
      const specs = loaded.config.judges;
      // Only the one that is asked needs its key.
      for (const [i, judge] of createJudges(specs, { chatModel: modelIdentity }).entries())
        judges.set(judge.name, judge.name === asked ? createJudge(specs[i]!, real, `judges[${i}]`) : judge);
    }
    return await work(judges);
  } finally {
    await ledger?.close();
  }
}

async function list(judges: Map<string, Judge>): Promise<void> {
  const calibrations = await withRegistry((registry) => registry.calibrations());
  const table = new Table({
    head: ['judge', 'version', 'calls a model', 'kappa with people', 'labels', 'note'],
    style: { head: [], border: [] },
  });
  for (const [name, judge] of judges) {
    const known = calibrations.filter((one) => one.judge === judge.name);
    const found = known.find(({ version }) => version === judge.version);
    const note = !found && known.length > 0 ? `version ${known[0]?.version} was; calibrate again` : '';
    table.push([
      name,
      judge.version,
      judge.calls ? 'yes' : 'no',
      found ? kappaText(found) : 'not calibrated',
      found?.labels ?? '',
      note,
    ]);
  }
  say(table.toString());
}

async function calibrate(input: { judges: Map<string, Judge>; name: string; file: string; by: string }): Promise<void> {
  const { judges, name, file, by } = input;
  const judge = judges.get(name);
  if (!judge)
    throw new CommandError(
      `${unknownName('judge', name, [...judges.keys()])}; a judge that calls a model stands in a config: --config CONFIG`,
    );
  const { content, labels } = readLabels(file);
  const applying = labels.filter(({ subject }) => judge.applies?.(subject) ?? true);
  if (applying.length === 0)
    throw new CommandError(
      `${file}: the judge '${name}' judges none of these ${labels.length} answers. Some judges need a field of each label: those of a passage its \`context\`, correctness a \`reference\`, some a \`kind\``,
    );
  const passes = applying.filter(({ human }) => human === 'pass').length;
  if (passes === 0 || passes === applying.length)
    throw new CommandError(
      `${file}: people say ${passes === 0 ? 'fail' : 'pass'} of each of the ${applying.length} answers that '${name}' judges; expected some of both, or agreement can't be told from chance`,
    );
  const { judged, failures } = await judgeAll(judge, applying, file);
  const agreement = agreementOf(judged);
  const calibration: Calibration = {
    judge: judge.name,
    version: judge.version,
    labelsSha256: sha256Of(content),
    ...agreement,
    by,
    at: new Date().toISOString(),
  };
  const before = await withRegistry(async (registry) => {
    const known = await registry.calibrations();
    await registry.recordCalibration(calibration);
    return known.find((one) => one.judge === judge.name && one.version === judge.version);
  });
  say(describe({ name, calibration, left: labels.length - applying.length }));
  for (const line of failureLines(failures)) say(`Counted as failed by the judge: ${line}`);
  if (before)
    say(`It takes the place of the calibration by ${before.by}: ${before.labels} labels, kappa ${kappaText(before)}.`);
}

function readLabels(file: string): { content: string; labels: Label[] } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new CommandError(
      `${file}: cannot read the labels (${(cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (cause as Error).message}); name a file of JSON lines`,
      {
        cause,
      },
    );
  }
  const decoded = decodeText(bytes);
  if (decoded.status === 'not-text') throw new CommandError(notTextMessage(file, decoded));
  const content = decoded.text;
  try {
    return { content, labels: parseLabels(content, file) };
  } catch (cause) {
    throw new CommandError((cause as Error).message, { cause });
  }
}

/** @throws ApplicationFailure that names the first, when more failed than a run may lose by default */
async function judgeAll(
  judge: Judge,
  labels: readonly Label[],
  file: string,
): Promise<{ judged: LabelledJudgement[]; failures: readonly FailureCount[] }> {
  const view = createProgressView(process.stdout);
  const show = (done: number, total: number) =>
    view.update([{ stage: 'calibration', ended: done === total, label: 'judged', done, total, text: judge.name }]);
  const what = 'answers';
  const failures = new FailureTally({ limits: LimitsSchema.parse({}) }, { [what]: labels.length });
  try {
    const judged = await mapConcurrent({
      items: labels,
      concurrency: JUDGED_AT_ONCE,
      onProgress: show,
      fn: async ({ subject, human }): Promise<LabelledJudgement> => {
        let failed: ItemFailure | undefined;
        const said = await orFailed<'pass' | 'fail'>({
          work: () => verdict(judge, subject),
          failed: (failure) => {
            failed = failure;
            return 'fail';
          },
        });
        failures.count(what, failed && { where: `${file}, question "${subject.question}"`, ...failed });
        return { human, judge: said };
      },
    });
    return { judged, failures: failures.counts };
  } finally {
    view.stop();
  }
}

/** A judge model without a usable reply passes nothing, as when it filters. */
async function verdict(judge: Judge, subject: Label['subject']): Promise<'pass' | 'fail'> {
  try {
    const { score } = await judge.judge(subject);
    return score >= judge.passScore ? 'pass' : 'fail';
  } catch (error) {
    if (error instanceof JudgeReplyError) return 'fail';
    throw error;
  }
}

const percent = (share: number) => `${(share * 100).toFixed(1)}%`;
const kappaText = ({ kappa, low, high, confidence }: Calibration) =>
  `${kappa.toFixed(2)} (${Math.round(confidence * 100)}% ${low.toFixed(2)} to ${high.toFixed(2)})`;

function describe(input: { name: string; calibration: Calibration; left: number }): string {
  const { name, calibration, left } = input;
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
    ...(left > 0 ? [`${left} labels were left out: the judge does not judge answers of their kind or language.`] : []),
    'Kept in the registry. It holds for this version: after a change of prompt, labels or model, calibrate again.',
  ].join('\n');
}
