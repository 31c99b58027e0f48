import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Citation } from '../schema/retrieval.ts';
import type { AnswerStep, LoggedAnswer } from '../schema/answer-log.ts';

/** One line of JSON for each answer. */
export interface AnswerLog {
  write(line: LoggedAnswer): void;
  /** Whether lines hold what was asked and answered. */
  texts: boolean;
}

/** Reads WHETSTONE_ANSWER_LOG, a file or `off`, and WHETSTONE_ANSWER_LOG_TEXTS, `on` or `off`. @throws Error that names the variable */
export function readAnswerLog(
  env: NodeJS.ProcessEnv,
  { file }: { file: string },
): { file: string | undefined; texts: boolean } {
  const texts = env.WHETSTONE_ANSWER_LOG_TEXTS ?? 'off';
  if (texts !== 'on' && texts !== 'off')
    throw new Error(
      `WHETSTONE_ANSWER_LOG_TEXTS: found '${texts}'; expected on (questions and answers are kept) or off`,
    );
  const place = env.WHETSTONE_ANSWER_LOG || file;
  return { file: place === 'off' ? undefined : place, texts: texts === 'on' };
}

/** Lines in the order of their ends. An answer does not wait for its line, nor fail with it: `onError` is told. */
export function fileAnswerLog(
  { file, texts }: { file: string; texts: boolean },
  onError: (message: string, error: unknown) => void,
): AnswerLog & { flush(): Promise<unknown> } {
  let last: Promise<unknown> = mkdir(dirname(file), { recursive: true });
  const write = (line: LoggedAnswer) => {
    last = last
      .then(() => appendFile(file, `${JSON.stringify(line)}\n`, { mode: 0o600 }))
      .catch((error: unknown) => onError(`the answer log ${file} (answer ${line.id})`, error));
  };
  return { texts, write, flush: () => last };
}

export const citationOf = ({ passageId, start, end, score, place }: Citation) => ({
  passageId,
  start,
  end,
  score,
  ...(place !== undefined && { place }),
});

/** How long something takes, as a step of an answer. */
export const stepOf = (name: AnswerStep['name'], ms: number, tokens: number | undefined): AnswerStep => ({
  name,
  ms,
  ...(tokens !== undefined && { tokens }),
});
