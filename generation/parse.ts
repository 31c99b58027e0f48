import { correctedFrom } from './corrected.ts';
import { sha256Of } from '../common/hash.ts';
import type { Answer } from '../replies/ask-structured.ts';
import type { Read } from '../replies/reply-json.ts';
import { findSpan } from './find-span.ts';
import { newPair } from './new-pair.ts';
import { passageText } from '../schema/passage-text.ts';
import { GENERATION_PROMPT_VERSION } from './request.ts';
import { readCorrection, readFacts, type Correction, type FactsRead, type Skip } from './read-facts.ts';
import { rejectPair } from '../schema/reject.ts';
import type { Chunk, Example, GenerationTask, QaPair, Span, TeacherSkip } from '../schema/data.ts';
import { normalise } from '../language/text.ts';
import { unitsOf } from '../documents/units.ts';

/** What came back from a teacher, every part of it accounted for. */
export interface Generation {
  /** Count of what came back: always pairs.length + rejected.length. */
  generated: number;
  pairs: QaPair[];
  /**
   * Each with its reason: why the reply could not be read (`cut-off`, `refused`, `filtered`, `tool-call`, `only-thoughts`,
   * `unparseable`), `span-not-found`, `single-hop`, `repeated` or `over-phrasings`.
   */
  rejected: Example[];
  /** What the teacher said that it asked nothing of, where it stands in the passages. */
  skipped: TeacherSkip[];
}

/**
 * Makes pairs of a teacher's reply, as `readFacts` read it. What can't be used becomes a rejected example that keeps its text, so that nothing is lost
 * from the count: a reply or fact that can't be read is one example without a question.
 * @param read where the reply was read before
 * @param teacher `provider/model`
 */
export function parseGeneration(input: {
  reply: string;
  read?: Answer<FactsRead> | Read<FactsRead>;
  task: GenerationTask;
  teacher: string;
}): Generation {
  const { reply, task, teacher } = input;
  const { read = readFacts(reply, task.kind) } = input;
  const { chunks, kind, phrasings, sample, persona, language } = task;
  const chunk = firstOf(chunks);
  const pairs: QaPair[] = [];
  const rejected: Example[] = [];
  const base = {
    chunkId: chunk.id,
    documentId: chunk.documentId,
    origin: { kind: 'teacher' } as const,
    teacher,
    promptVersion: GENERATION_PROMPT_VERSION,
    ...(persona !== undefined && { persona }),
    ...(language !== undefined && { language }),
  };
  const prefix = kind === 'any' ? '' : `${kind}-`;
  const unread = (text: string, reason: string, detail: string) => {
    const factId = `${chunk.id}/${prefix}unparseable-${hash(`${text}\n${sample}`)}`;
    const id = `${factId}/${rejected.length}`;
    const known = kind === 'any' ? 'factual' : kind;
    rejected.push(reject(newPair({ ...base, id, factId, answer: text, kind: known }), reason, detail));
  };

  if (read.status === 'unread') {
    unread(reply, causeOf(read), read.problem);
    return { generated: 1, pairs, rejected, skipped: [] };
  }
  const seen = new Map<string, Set<string>>();
  for (const one of read.value.facts) {
    if (one.status === 'misfit') {
      unread(one.text, 'unparseable', one.problem);
      continue;
    }
    const { fact } = one;
    const { questions, answer, quotes = [], history: turns = [] } = fact;
    const found = locate(quotes, chunks, kind);
    const about = quotes.length > 0 ? quotes.join('\n') : (questions[0] ?? '');
    const factId = `${chunk.id}/${prefix}${hash(`${normalise(about)}\n${normalise(answer)}`)}`;
    const asked = seen.get(factId) ?? new Set<string>();
    seen.set(factId, asked);
    for (const question of questions) {
      const phrasing = asked.size;
      const id = `${factId}/${sample === 0 ? '' : `${sample}.`}${phrasing}`;
      const pair = newPair({
        ...base,
        id,
        factId,
        question,
        answer,
        history: turns.flatMap((turn) => [
          { role: 'user' as const, content: turn.question },
          { role: 'assistant' as const, content: turn.answer },
        ]),
        spans: found.spans,
        phrasing,
        kind: kind === 'any' ? (fact.kind ?? 'factual') : kind,
      });
      const repeats = asked.has(normalise(question));
      if (repeats) {
        // It has no place among the phrasings: an id of its own.
        const twin = { ...pair, id: `${id}-repeated-${rejected.length}` };
        rejected.push(reject(twin, 'repeated', 'the fact already has this question'));
      } else if (found.problem) rejected.push(reject(pair, found.problem.reason, found.problem.detail));
      else if (phrasing >= phrasings)
        rejected.push(reject(pair, 'over-phrasings', `${phrasings} phrasings were asked for`));
      else pairs.push(pair);
      asked.add(normalise(question));
    }
  }
  const skipped = locateSkipped(
    read.value.skipped,
    chunks,
    [...pairs, ...rejected].flatMap(({ spans }) => spans),
  );
  return { generated: pairs.length + rejected.length, pairs, rejected, skipped };
}

/**
 * Where each quote stands: the next unit of that text that neither a fact rests on nor another quote has taken, else the
 * next place where it is found. What stands nowhere says nothing.
 */
function locateSkipped(skipped: readonly Skip[], chunks: readonly Chunk[], asked: readonly Span[]): TeacherSkip[] {
  const taken = new Map<string, number>();
  const places = chunks.flatMap(({ id, text }) => unitsOf(text).map((unit) => ({ chunkId: id, ...unit })));
  const free = places.filter(
    ({ chunkId, start, end }) =>
      !asked.some((span) => span.chunkId === chunkId && span.start < end && span.end > start),
  );
  const known = new Set(places.map(({ text }) => text));
  return skipped.flatMap(({ quote, why }) => {
    const at = free.findIndex(({ text }) => text === quote);
    if (at >= 0) {
      return free.splice(at, 1).map(({ chunkId, start, end }) => ({ chunkId, start, end, why }));
    }
    if (known.has(quote)) return [];
    for (const { id, text } of chunks) {
      const from = taken.get(`${id}\n${quote}`) ?? 0;
      const found = findSpan(text.slice(from), quote);
      if (!found) continue;
      taken.set(`${id}\n${quote}`, from + found.end);
      return [{ chunkId: id, start: from + found.start, end: from + found.end, why }];
    }
    return [];
  });
}

const causeOf = (unread: { problem: string } | { cause: string; problem: string }): string =>
  'cause' in unread ? unread.cause : 'unparseable';

/**
 * Reads what a teacher made of a rejected example: a pair of the same fact under an id of its own that names the rejected one,
 * or a reject where it can't be used.
 */
export function parseCorrection(input: {
  reply: string;
  read?: Answer<Correction> | Read<Correction>;
  chunks: readonly Chunk[];
  rejectedExample: Example;
  attempt: number;
}): { status: 'pair'; pair: QaPair } | { status: 'reject'; example: Example } {
  const { reply, read = readCorrection(reply), chunks, rejectedExample, attempt } = input;
  const { verdict: _verdict, ...before } = rejectedExample;
  const base = { ...before, ...correctedFrom(before, attempt), spans: [] };
  if (read.status === 'unread')
    return { status: 'reject', example: reject({ ...base, answer: reply }, causeOf(read), read.problem) };
  const { question, answer, quotes } = read.value;
  const { spans, problem } = locate(before.kind === 'unanswerable' ? [] : quotes, chunks, before.kind);
  const pair: QaPair = { ...base, question, answer, spans };
  return problem
    ? { status: 'reject', example: reject(pair, problem.reason, problem.detail) }
    : { status: 'pair', pair };
}

function locate(quotes: readonly string[], chunks: readonly Chunk[], kind: GenerationTask['kind']) {
  const spans: Span[] = [];
  for (const quote of quotes) {
    const span = spanOf(quote, chunks);
    // A table's header or a list's lead-in may be quoted beside what stands below it.
    if (!span && chunks.some((chunk) => spanInContext(quote, chunk) === 'above')) continue;
    if (!span) {
      const where = chunks.length === 1 ? 'the chunk does' : 'the chunks do';
      return {
        spans: [],
        problem: { reason: 'span-not-found', detail: `${where} not contain the quote "${quote}"` },
      };
    }
    spans.push(span);
  }
  if (quotes.length === 0 && kind !== 'unanswerable')
    return { spans, problem: { reason: 'span-not-found', detail: 'found no quote; expected one at least' } };
  if (quotes.length > 0 && spans.length === 0) {
    const detail = 'it rests only on what stands above the passage, which another passage holds';
    return { spans, problem: { reason: 'span-not-found', detail } };
  }
  if (kind === 'multi-hop' && new Set(spans.map(({ chunkId }) => chunkId)).size < 2)
    return { spans, problem: { reason: 'single-hop', detail: 'all quotes are of one passage; expected both' } };
  return { spans, problem: undefined };
}

/** Where it stands word for word, else where it is meant. */
function spanOf(quote: string, chunks: readonly Chunk[]): Span | undefined {
  const exact = chunks.find(({ text }) => quote.trim() !== '' && text.includes(quote));
  for (const { id, text } of exact ? [exact] : chunks) {
    const found = findSpan(text, quote);
    if (found) return { chunkId: id, ...found };
  }
  const parts = chunks.flatMap((chunk) => {
    const found = spanInContext(quote, chunk);
    return found && found !== 'above' ? [found] : [];
  });
  return parts[0];
}

/** Of a quote that begins in a passage's context the part in the passage itself, or that there is none. */
function spanInContext(quote: string, chunk: Chunk): Span | 'above' | undefined {
  if (chunk.context === undefined) return undefined;
  const whole = passageText(chunk);
  const found = findSpan(whole, quote);
  if (!found) return undefined;
  const before = whole.length - chunk.text.length;
  if (found.end <= before) return 'above';
  return { chunkId: chunk.id, start: Math.max(0, found.start - before), end: found.end - before };
}

const hash = (text: string): string => sha256Of(text).slice(0, 12);

function firstOf(chunks: readonly Chunk[]): Chunk {
  const [chunk] = chunks;
  if (!chunk) throw new Error('a generation task without a passage; expected one at least');
  return chunk;
}

const reject = (pair: QaPair, reason: string, why: string): Example =>
  rejectPair(pair, { reason, why, version: GENERATION_PROMPT_VERSION });
