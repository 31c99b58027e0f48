import type { RunConfig } from '../configs/schema.ts';
import { GENERATION_PROMPT_VERSION, generationRequest } from './request.ts';
import { sha256Of } from '../common/hash.ts';
import { newPair } from './new-pair.ts';
import { parseGeneration, type Generation } from './parse.ts';
import { readFacts } from './read-facts.ts';
import type { GenerationTask, QaPair } from '../schema/data.ts';
import { screenPair } from '../documents/screen.ts';
import { askStructured } from '../replies/ask-structured.ts';
import type { ChatModel } from '../contract/ports.ts';
import { askInLines } from './ask-in-lines.ts';
import { failedPair, orFailed } from '../failures/item-failure.ts';
import { LIMIT_FIELD, settingsOf, writesInLines } from './teacher-settings.ts';

/** How one task becomes pairs. */

/** What came of one task. */
export interface Generated extends Generation {
  /** Replies that could not be read, whether or not a later one could. */
  unreadable: number;
}

/**
 * Asks the teacher for one task's pairs. A reply that can't be read is asked again; a passage whose questions can't be had becomes
 * one reject, and a pair that can't be screened another.
 */
export function generate(options: {
  config: RunConfig;
  teacher: ChatModel;
  task: GenerationTask;
  signal?: AbortSignal | undefined;
}): Promise<Generated> {
  const { teacher, task, signal } = options;
  return orFailed<Generated>({
    signal,
    work: () => ask(options),
    failed: (failure) => ({
      generated: 1,
      pairs: [],
      rejected: [failedPair(unasked(task, `${teacher.provider}/${teacher.model}`), failure)],
      skipped: [],
      unreadable: 0,
    }),
  });
}

async function ask(options: Parameters<typeof generate>[0]): Promise<Generated> {
  const { config, teacher, task } = options;
  const { text, result, unreadable } = await (writesInLines(config) ? askInLines(options) : askInJson(options));
  const { generated, skipped, ...parsed } = parseGeneration({
    reply: text,
    read: result,
    task,
    teacher: `${teacher.provider}/${teacher.model}`,
  });
  const screened = await Promise.all(
    parsed.pairs.map((pair) =>
      orFailed<Screened>({
        work: () => screenPair({ pair, chunks: task.chunks, filters: config.filters }),
        failed: (failure) => ({ status: 'reject', example: failedPair(pair, failure) }),
      }),
    ),
  );
  const pairs = screened.flatMap((one) => (one.status === 'pair' ? [one.pair] : []));
  const rejected = screened.flatMap((one) => (one.status === 'reject' ? [one.example] : []));
  return {
    generated,
    pairs,
    rejected: [...parsed.rejected, ...rejected],
    skipped,
    unreadable,
  };
}

async function askInJson({ config, teacher, task, signal }: Parameters<typeof generate>[0]) {
  const { reply, result, tries } = await askStructured({
    model: teacher,
    request: generationRequest(task, config.generation, settingsOf(config)),
    read: (text) => readFacts(text, task.kind),
    limitField: LIMIT_FIELD,
    signal,
  });
  return { text: reply.text, result, unreadable: result.status === 'read' ? tries - 1 : tries };
}

type Screened = ReturnType<typeof screenPair>;

/** Stands for all that a task would have given: a pair without question and answer, of the task's passage. */
function unasked(task: GenerationTask, teacher: string): QaPair {
  const { chunks, kind, sample, persona, language } = task;
  const [chunk] = chunks;
  const { id: chunkId = '', documentId = '' } = chunk ?? {};
  const asked = sha256Of(JSON.stringify([chunks.map(({ id }) => id), kind, sample, persona, language]));
  const factId = `${chunkId}/failed-${asked.slice(0, 12)}`;
  return newPair({
    id: `${factId}/0`,
    factId,
    chunkId,
    documentId,
    kind: kind === 'any' ? 'factual' : kind,
    ...(persona !== undefined && { persona }),
    ...(language !== undefined && { language }),
    origin: { kind: 'teacher' },
    teacher,
    promptVersion: GENERATION_PROMPT_VERSION,
  });
}
