import type { RunConfig } from '../configs/schema.ts';
import { correctionRequest, generationRequest, type TeacherSettings } from '../datasets/generate.ts';
import { parseCorrection, parseGeneration, type Generation } from '../datasets/parse-generation.ts';
import { readCorrection, readFacts } from '../datasets/read-facts.ts';
import type { Chunk, Example, GenerationTask, QaPair } from '../datasets/schema.ts';
import { screenPair } from '../datasets/screen.ts';
import { runPanel } from '../judges/index.ts';
import type { Judge, Subject } from '../judges/types.ts';
import { askStructured } from '../providers/ask-structured.ts';
import type { ChatModel } from '../providers/types.ts';

/** How one task becomes pairs, and one pair a judged example: the model calls of a shard, whoever makes them. */

/** Of the config: what a teacher's reply that was cut off asks for. */
const LIMIT_FIELD = 'teacher.maxTokens';

/** Asks the teacher for one task's pairs. A reply that can't be read is asked again. */
export async function generate(options: {
  config: RunConfig;
  teacher: ChatModel;
  task: GenerationTask;
  signal?: AbortSignal | undefined;
}): Promise<Generation> {
  const { config, teacher, task, signal } = options;
  const request = generationRequest(task, config.generation, settingsOf(config));
  const read = (reply: string) => readFacts(reply, task.kind);
  const { reply, result } = await askStructured({ model: teacher, request, read, limitField: LIMIT_FIELD, signal });
  const { generated, skipped, ...parsed } = parseGeneration({
    reply: reply.text,
    read: result,
    task,
    teacher: `${teacher.provider}/${teacher.model}`,
  });
  const screened = parsed.pairs.map((pair) => screenPair({ pair, chunks: task.chunks, filters: config.filters }));
  const pairs = screened.flatMap((one) => (one.status === 'pair' ? [one.pair] : []));
  const rejected = screened.flatMap((one) => (one.status === 'reject' ? [one.example] : []));
  return { generated, pairs, rejected: [...parsed.rejected, ...rejected], skipped };
}

/**
 * Judges a pair, and where the judges reject it, lets the teacher correct it with their reasons: at most `corrections` times,
 * judged again from scratch. Gives the pair and all that came of it.
 */
export async function judgeAndCorrect(options: {
  config: RunConfig;
  teacher: ChatModel;
  judges: readonly Judge[];
  pair: QaPair;
  chunks: readonly Chunk[];
  signal?: AbortSignal;
}): Promise<Example[]> {
  const { config, teacher, judges, chunks, signal } = options;
  const judge = async (pair: QaPair): Promise<Example> => ({
    ...pair,
    verdict: await runPanel({ judges, subject: subjectOf(pair, contextOf(chunks)), ...(signal && { signal }) }),
  });
  const made = [await judge(options.pair)];
  // Rules can't write a sentence again.
  const attempts = config.teacher.provider === 'builtin' ? 0 : config.generation.corrections;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const last = made.at(-1);
    if (last?.verdict.decision !== 'reject' || !last.verdict.reasons.some(isObjection)) break;
    const request = correctionRequest({ chunks, example: last, attempt }, settingsOf(config));
    const asked = { model: teacher, request, read: readCorrection, limitField: LIMIT_FIELD, signal };
    const { reply, result } = await askStructured(asked);
    const corrected = parseCorrection({ reply: reply.text, read: result, chunks, rejectedExample: last, attempt });
    const screened =
      corrected.status === 'pair' ? screenPair({ pair: corrected.pair, chunks, filters: config.filters }) : corrected;
    made.push(screened.status === 'pair' ? await judge(screened.pair) : screened.example);
  }
  return made;
}

/** What a teacher can mend: not that nobody judged the pair, or that a judge model's reply could not be used. */
const isObjection = (reason: string): boolean => reason !== 'unjudged' && !reason.includes(': ');

/** The passages that a pair may rest on, as the judges see them. */
export const contextOf = (chunks: readonly Chunk[]): string => chunks.map(({ text }) => text).join('\n\n');

/** What the judges see of a pair. */
export function subjectOf(pair: QaPair, context: string | undefined): Subject {
  const { question, answer, kind, language, history } = pair;
  return {
    question,
    answer,
    ...(context !== undefined && { context }),
    kind,
    ...(language !== undefined && { language }),
    ...(history.length > 0 && { history }),
  };
}

function settingsOf({ teacher }: RunConfig): TeacherSettings {
  return teacher.provider === 'builtin' ? {} : { temperature: teacher.temperature, maxTokens: teacher.maxTokens };
}
