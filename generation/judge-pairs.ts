import { correctedFrom } from './corrected.ts';
import type { RunConfig } from '../configs/schema.ts';
import { correctionRequest } from './request.ts';
import { parseCorrection } from './parse.ts';
import { passageText } from '../schema/passage-text.ts';
import { readCorrection } from './read-facts.ts';
import type { Chunk, Example, QaPair } from '../schema/data.ts';
import { screenPair } from '../documents/screen.ts';
import { unitsOf } from '../documents/units.ts';
import { runPanel } from '../judges/index.ts';
import type { Judge, Subject } from '../judges/types.ts';
import { askStructured } from '../replies/ask-structured.ts';
import type { ChatModel } from '../contract/ports.ts';
import { isFailure } from '../contract/failures.ts';
import { failedPair, orFailed } from '../failures/item-failure.ts';
import { LIMIT_FIELD, settingsOf, writesInLines } from './teacher-settings.ts';

/** How one pair becomes a judged example. */

/**
 * Judges a pair, and where the judges reject it, lets the teacher correct it with their reasons: at most `corrections` times,
 * judged again from scratch. Gives the pair and all that came of it; a judge or a correction that fails makes a reject.
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
  const context = contextOf(chunks);
  const made = [await judgePair({ judges, pair: options.pair, context, chunks, signal })];
  // Rules can't write a sentence again, nor a model that is too small for JSON.
  const corrects = config.teacher.provider !== 'builtin' && !writesInLines(config);
  const attempts = corrects ? config.generation.corrections : 0;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const last = made.at(-1);
    if (last?.verdict.decision !== 'reject' || !last.verdict.reasons.some(isObjection)) break;
    made.push(
      await orFailed({
        signal,
        work: async () => {
          const request = correctionRequest({ chunks, example: last, attempt }, settingsOf(config));
          const asked = { model: teacher, request, read: readCorrection, limitField: LIMIT_FIELD, signal };
          const { reply, result: read } = await askStructured(asked);
          const corrected = parseCorrection({ reply: reply.text, read, chunks, rejectedExample: last, attempt });
          const screened =
            corrected.status === 'pair'
              ? screenPair({ pair: corrected.pair, chunks, filters: config.filters })
              : corrected;
          return screened.status === 'pair'
            ? judgePair({ judges, pair: screened.pair, context, chunks, signal })
            : screened.example;
        },
        failed: (failure) => failedPair(unwritten(last, attempt), failure),
      }),
    );
  }
  return made;
}

/** A correction that never came to be written: what was to be corrected, under the correction's own id. */
function unwritten({ verdict: _verdict, preference: _preference, ...last }: Example, attempt: number): QaPair {
  return { ...last, ...correctedFrom(last, attempt) };
}

/** What a teacher can mend: not that nobody judged the pair, that a judge failed, or that its reply could not be used. */
const isObjection = (reason: string): boolean => reason !== 'unjudged' && !reason.includes(': ') && !isFailure(reason);

/** Lets the panel judge a pair; a judge that fails makes a reject of it, and is named. */
export function judgePair(options: {
  judges: readonly Judge[];
  pair: QaPair;
  context: string | undefined;
  /** The passages that the pair's spans point into. */
  chunks?: readonly Chunk[];
  signal?: AbortSignal | undefined;
}): Promise<Example> {
  const { judges, pair, context, chunks, signal } = options;
  return orFailed<Example>({
    signal,
    work: async () => ({
      ...pair,
      verdict: await runPanel({ judges, subject: subjectOf(pair, context, chunks), ...(signal && { signal }) }),
    }),
    failed: (failure) => failedPair(pair, failure),
  });
}

/** The passages that a pair may rest on, as the judges see them: each below its headings, which the teacher was given as well. */
export const contextOf = (chunks: readonly Chunk[]): string =>
  chunks
    .map((chunk) => {
      const path = chunk.headings[0] === chunk.title ? chunk.headings : [chunk.title, ...chunk.headings];
      return `${path.join(' / ')}\n\n${passageText(chunk)}`;
    })
    .join('\n\n');

/** What the judges see of a pair. */
export function subjectOf(pair: QaPair, context: string | undefined, chunks: readonly Chunk[] = []): Subject {
  const { question, answer, kind, language, history } = pair;
  const evidence = evidenceOf(pair, chunks);
  return {
    question,
    answer,
    ...(context !== undefined && { context }),
    ...(evidence.length > 0 && { evidence }),
    kind,
    ...(language !== undefined && { language }),
    ...(history.length > 0 && { history }),
  };
}

/** The statements that the pair's spans touch, each with what it hangs on: a list's lead-in, a table's header. */
export function evidenceOf({ spans }: Pick<QaPair, 'spans'>, chunks: readonly Chunk[]): string[] {
  return chunks.flatMap((chunk) => {
    const own = spans.filter(({ chunkId }) => chunkId === chunk.id);
    if (own.length === 0) return [];
    const passage = passageText(chunk);
    const before = passage.length - chunk.text.length;
    return unitsOf(passage)
      .filter((unit) => own.some(({ start, end }) => start + before < unit.end && end + before > unit.start))
      .map(({ text: says, leadIn, header }) => [leadIn, header?.join(' '), says].filter(Boolean).join(' '));
  });
}
