/** Reading what trl wrote to its log: pure rules on text. */

export interface TrainingLog {
  /** Lines of progress seen: one for every `logging_steps` steps. */
  progressLines: number;
  /** Of the last progress line. */
  loss?: number;
  /** Which progress line, from 1, first had a loss that is not a finite number; the summary line counts as one more. */
  notANumberAt?: number;
  /** Seconds of the training loop, from the summary line. */
  trainSeconds?: number;
  /** What the process last said that it is at. */
  note?: string;
}

/** trl prints Python dicts whose numbers are strings: {'loss': '6.505', 'grad_norm': 'nan', ...}. */
const DICT = /^\{.*'(?:loss|train_loss)':.*\}$/;

export function parseTrainingLog(text: string): TrainingLog {
  const log: TrainingLog = { progressLines: 0 };
  for (const line of text.split(/[\r\n]+/)) {
    const note = /^# (.+)$/.exec(line)?.[1];
    if (note !== undefined) log.note = note;
    if (!DICT.test(line.trim())) continue;
    const loss = valueOf(line, 'loss');
    const finalLoss = valueOf(line, 'train_loss');
    const seconds = valueOf(line, 'train_runtime');
    if (loss !== undefined) {
      log.progressLines++;
      log.loss = loss;
    }
    if (seconds !== undefined) log.trainSeconds = seconds;
    if (
      log.notANumberAt === undefined &&
      [loss, finalLoss].some((value) => value !== undefined && !Number.isFinite(value))
    ) {
      log.notANumberAt = loss === undefined ? log.progressLines + 1 : log.progressLines;
    }
  }
  return log;
}

function valueOf(line: string, field: string): number | undefined {
  const [, text] = line.match(new RegExp(`'${field}': '?([^',}]+)'?`)) ?? [];
  if (text === undefined) return undefined;
  const infinite = text.match(/^(-?)inf/i);
  return infinite ? (infinite[1] ? -Infinity : Infinity) : Number(text);
}

/** The first word of an error line of Python, of a shell or of an argument parser. */
const ERROR_LINE =
  /^(?:[\w.]*(?:Error|Exception|Interrupt|Exit)\b|error:|\S+: (?:error|line \d+)\b|.*: (?:command )?not found$)/;
const NOISE = /^\s*$|Warning\b|warnings\.warn|it\/s\]|examples\/s\]/;

/** Why a process failed, from its log: the last error line with what follows it, else the last lines there are. */
export function errorOf(text: string, maxLines = 5): string {
  const lines = text
    .split(/[\r\n]+/)
    .filter((line) => !NOISE.test(line))
    .map((line) => line.trimEnd());
  const at = lines.findLastIndex((line) => ERROR_LINE.test(line));
  return (at < 0 ? lines.slice(-maxLines) : lines.slice(at, at + maxLines)).join('\n') || 'it wrote nothing to its log';
}
