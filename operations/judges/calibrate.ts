import { readFileSync } from 'node:fs';
import { mapConcurrent } from '../../common/concurrent.ts';
import { decodeText, notTextMessage } from '../../common/decode-text.ts';
import { RequestError } from '../../common/errors.ts';
import { sha256Of } from '../../common/hash.ts';
import { unknownName } from '../../common/unknown-name.ts';
import { LimitsSchema } from '../../configs/schema.ts';
import type { FailureCount } from '../../contract/failures.ts';
import { agreementOf, type LabelledJudgement } from '../../evaluation/statistics/agreement.ts';
import { FailureTally } from '../../failures/failure-tally.ts';
import { orFailed, type ItemFailure } from '../../failures/item-failure.ts';
import { parseLabels, type Label } from '../../judges/labels.ts';
import { JudgeReplyError, type Judge } from '../../judges/types.ts';
import type { Calibration } from '../../registry/schema.ts';
import type { Registry } from '../../registry/store.ts';
import type { KnownJudges } from './known-judges.ts';

const JUDGED_AT_ONCE = 64;

export interface Calibrated {
  calibration: Calibration;
  /** Labels that the judge does not judge. */
  leftOut: number;
  /** Counted as failed by the judge. */
  failures: readonly FailureCount[];
  /** The newest calibration of this version until now. */
  before: Calibration | undefined;
}

/**
 * Compares a judge with what people said of the same answers, and keeps the figures in the registry.
 * @param options.file JSON lines of {question, answer, label, ...}
 * @param options.by whose labels these are
 * @param options.onProgress answers that are judged, of those that the judge judges
 * @throws RequestError where judge or labels can't be used; RunError that names the first failure, when more failed than a run
 * may lose by default
 */
export async function calibrate(options: {
  judges: KnownJudges;
  registry: Registry;
  name: string;
  file: string;
  by: string;
  onProgress?: (done: number, total: number) => void;
}): Promise<Calibrated> {
  const { judges, registry, name, file, by, onProgress } = options;
  const judge = judges.get(name);
  if (!judge)
    throw new RequestError(
      `${unknownName('judge', name, [...judges.keys()])}; a judge that calls a model stands in a config: --config CONFIG`,
    );
  const { content, labels } = readLabels(file);
  const applying = labels.filter(({ subject }) => judge.applies?.(subject) ?? true);
  requireBoth({ applying, all: labels.length, file, name });
  const { judged, failures } = await judgeAll({ judge, labels: applying, file, onProgress });
  const calibration: Calibration = {
    judge: judge.name,
    version: judge.version,
    labelsSha256: sha256Of(content),
    ...agreementOf(judged),
    by,
    at: new Date().toISOString(),
  };
  const before = (await registry.calibrations()).find(
    (one) => one.judge === judge.name && one.version === judge.version,
  );
  await registry.recordCalibration(calibration);
  return { calibration, leftOut: labels.length - applying.length, failures, before };
}

/** @throws RequestError where agreement could not be told from chance */
function requireBoth(options: { applying: readonly Label[]; all: number; file: string; name: string }): void {
  const { applying, all, file, name } = options;
  if (applying.length === 0)
    throw new RequestError(
      `${file}: the judge '${name}' judges none of these ${all} answers. Some judges need a field of each label: those of a passage its \`context\`, correctness a \`reference\`, some a \`kind\``,
    );
  const passes = applying.filter(({ human }) => human === 'pass').length;
  if (passes === 0 || passes === applying.length)
    throw new RequestError(
      `${file}: people say ${passes === 0 ? 'fail' : 'pass'} of each of the ${applying.length} answers that '${name}' judges; expected some of both, or agreement can't be told from chance`,
    );
}

function readLabels(file: string): { content: string; labels: Label[] } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (cause as Error).message;
    throw new RequestError(`${file}: cannot read the labels (${why}); name a file of JSON lines`, { cause });
  }
  const decoded = decodeText(bytes);
  if (decoded.status === 'not-text') throw new RequestError(notTextMessage(file, decoded));
  const content = decoded.text;
  try {
    return { content, labels: parseLabels(content, file) };
  } catch (cause) {
    throw new RequestError((cause as Error).message, { cause });
  }
}

async function judgeAll(options: {
  judge: Judge;
  labels: readonly Label[];
  file: string;
  onProgress: ((done: number, total: number) => void) | undefined;
}): Promise<{ judged: LabelledJudgement[]; failures: readonly FailureCount[] }> {
  const { judge, labels, file, onProgress } = options;
  const what = 'answers';
  const failures = new FailureTally({ limits: LimitsSchema.parse({}) }, { [what]: labels.length });
  const judged = await mapConcurrent({
    items: labels,
    concurrency: JUDGED_AT_ONCE,
    ...(onProgress && { onProgress }),
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
