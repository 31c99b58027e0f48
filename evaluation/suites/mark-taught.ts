import type { SemanticFilter } from '../../datasets/assembly/semantic-duplicates.ts';
import type { Example } from '../../schema/data.ts';
import { pause, pausesAt } from '../../common/pause.ts';
import { TaughtIndex } from './taught.ts';
import type { SuiteQuestion } from '../../schema/evaluation.ts';

/**
 * Marks each question of people: whether training has taught its fact in other words, and by which question. By words, and where
 * there is an embedding model, by the nearest training question's embedding too.
 */
export async function markTaught(options: {
  questions: readonly SuiteQuestion[];
  training: readonly Pick<Example, 'question' | 'answer' | 'factId'>[];
  semantic: SemanticFilter | undefined;
}): Promise<SuiteQuestion[]> {
  const { questions, training, semantic } = options;
  const index = new TaughtIndex();
  for (const [at, example] of training.entries()) {
    index.add(example);
    if (pausesAt(at)) await pause();
  }
  const marked = [];
  for (const asked of questions) {
    const { question, references, answer } = asked;
    marked.push({ ...asked, taught: index.find({ question, references: references ?? [answer] }) });
    await pause();
  }
  const unknown = marked.filter((asked) => !asked.taught.known);
  if (!semantic || unknown.length === 0) return marked;
  // Phrasings of one fact are alike: one stands for each, as where duplicates are sought.
  const facts = [...new Map(training.map((example) => [example.factId, example.question])).values()];
  const [asked, known] = [await semantic.embed(unknown.map(({ question }) => question)), await semantic.embed(facts)];
  for (const [at, one] of unknown.entries()) {
    const vector = asked[at];
    // Without a vector of its own a question is as its words say.
    if (!(vector instanceof Float32Array)) continue;
    const { cosine, at: nearestAt } = nearest(vector, known);
    const question = facts[nearestAt];
    if (cosine >= semantic.threshold && question !== undefined)
      one.taught = { known: true, score: Number(Math.min(1, cosine).toFixed(4)), nearest: question };
  }
  return marked;
}

/** The vector of length 1 with the largest cosine. */
function nearest(one: Float32Array, others: readonly unknown[]): { cosine: number; at: number } {
  let best = { cosine: -1, at: -1 };
  for (const [at, other] of others.entries()) {
    if (!(other instanceof Float32Array)) continue;
    let cosine = 0;
    for (let i = 0; i < one.length; i++) cosine += one[i]! * (other[i] ?? 0);
    if (cosine > best.cosine) best = { cosine, at };
  }
  return best;
}
