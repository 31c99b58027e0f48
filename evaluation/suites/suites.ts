import { sha256Of } from '../../common/hash.ts';
import type { Example, Span } from '../../schema/data.ts';
import { originOf } from '../../schema/origin.ts';
import type { SuiteQuestion } from '../../schema/evaluation.ts';

/** Suites: a run's frozen questions, from the dataset's held-out split or from a file of a person's own (suite-lines.ts). */

/**
 * Questions of the `test` suite: one for each held-out example, clustered by fact, sliced by the example's kind.
 * `chunkTexts` maps a chunk's id to its text, the passage an answer should rest on; with `chunks`, a question says which of its sentences those are.
 */
export function questionsFromExamples(
  examples: readonly Example[],
  chunkTexts: ReadonlyMap<string, string>,
  chunks: ReadonlyMap<string, { text: string }> = new Map(),
): SuiteQuestion[] {
  const asksOpen = examples.some(({ kind }) => kind === 'unanswerable');
  return examples.map((example) => {
    const { id, question, answer, factId, kind, chunkId, spans, history } = example;
    // A pair that people wrote rests on no passage of the documents.
    const chunkIds = originOf(example).kind === 'import' ? [] : [chunkId];
    const passages = [...new Set([...chunkIds, ...spans.map((span) => span.chunkId)])].map((of) => {
      const text = chunkTexts.get(of);
      if (text === undefined)
        throw new Error(`example ${id}: no text of chunk ${JSON.stringify(of)}; expected every example's chunk`);
      return text;
    });
    // The right answer to a question that the passage leaves open is not in the passage.
    const context = kind === 'unanswerable' || passages.length === 0 ? {} : { context: passages.join('\n\n') };
    const contexts = kind === 'unanswerable' ? [] : evidenceOf(spans, chunks);
    return {
      id,
      question,
      answer,
      cluster: factId,
      slice: kind,
      ...context,
      ...(contexts.length > 0 && { contexts }),
      // Where no question is open, an answer to each is asked for anyway.
      ...(asksOpen && { unanswerable: kind === 'unanswerable' }),
      ...(history.length > 0 && { history }),
    };
  });
}

/** The texts that an answer rests on: offsets are into the chunk's own text. */
function evidenceOf(spans: readonly Span[], chunks: ReadonlyMap<string, { text: string }>): string[] {
  return [
    ...new Set(spans.flatMap(({ chunkId, start, end }) => chunks.get(chunkId)?.text.slice(start, end).trim() || [])),
  ];
}

/**
 * At most `maxQuestions`, whole clusters at a time, in their given order. Those stay first that ask for what the documents say otherwise, then
 * those beside them. Which of the others is a hash of seed and cluster, so a new fact displaces few others. One cluster always stays,
 * however large.
 */
export function capQuestions(
  questions: readonly SuiteQuestion[],
  { maxQuestions, seed }: { maxQuestions: number; seed: number },
): SuiteQuestion[] {
  if (questions.length <= maxQuestions) return [...questions];
  const clusters = Map.groupBy(questions, ({ cluster }) => cluster);
  const turnOf = (own: readonly SuiteQuestion[]) =>
    own.some(({ change }) => change) ? 0 : own.some(({ beside }) => beside) ? 1 : 2;
  const drawn = [...clusters]
    .map(([cluster, own]) => ({
      cluster,
      size: own.length,
      turn: turnOf(own),
      rank: sha256Of(`${seed}\n${cluster}`),
    }))
    .sort((a, b) => a.turn - b.turn || (a.rank < b.rank ? -1 : 1));
  const kept = new Set<string>();
  let count = 0;
  for (const { cluster, size } of drawn) {
    if (kept.size > 0 && count + size > maxQuestions) break;
    kept.add(cluster);
    count += size;
  }
  return questions.filter(({ cluster }) => kept.has(cluster));
}
