import { saysAll, valuesOf, type AskedChanges, type NewStatement } from '../../documents/changes/asked-changes.ts';
import { contentStems } from '../../language/analysis.ts';
import type { Example } from '../../schema/data.ts';
import type { SuiteQuestion } from '../../schema/evaluation.ts';

/** Which questions ask for what the documents say otherwise, and which stand beside those. */

/** Facts beside each changed statement, and changed statements that are looked beside. */
const BESIDE = 8;
const MOST_CHANGES = 200;

export interface TestQuestion {
  asked: SuiteQuestion;
  example: Pick<Example, 'documentId' | 'chunkId' | 'spans' | 'question' | 'answer'>;
}

/**
 * Marks each question that asks for what changed. Of the others those are marked that a model would get wrong which says the new thing
 * everywhere: of each changed statement the nearest facts with other values, by passage, document and words. Deterministic.
 */
export function markChanges(questions: readonly TestQuestion[], changes: AskedChanges): SuiteQuestion[] {
  const found = questions.map(({ example }) => changes.find(example));
  const beside = new Map<number, string[][]>();
  const others = questions.flatMap(({ example }, at) =>
    found[at]!.length > 0 ? [] : [{ at, example, ...wordsOf(example) }],
  );
  const byDocument = Map.groupBy(others, ({ example }) => example.documentId);
  const places = new Map([...new Set(found.flat())].map((change, place) => [change, place]));
  const asked = [...places.keys()].filter(({ kind }) => kind === 'changed');
  for (const change of asked.slice(0, MOST_CHANGES)) {
    const values = valuesOf(change.is);
    if (values.length === 0) continue;
    const near = byDocument.get(change.after.documentId) ?? [];
    const pool = near.length < BESIDE ? others : near;
    for (const { at } of nearest(pool, change, values)) beside.set(at, [...(beside.get(at) ?? []), values]);
  }
  return questions.map(({ asked: question }, at) => {
    const about = found[at]!;
    const near = beside.get(at);
    return {
      ...question,
      ...(about.length > 0 && { change: askedOf(about, places) }),
      ...(near && { beside: near.slice(0, BESIDE) }),
    };
  });
}

type Other = { at: number; example: TestQuestion['example']; stems: ReadonlySet<string>; isNumeric: boolean };

const wordsOf = ({ question, answer }: TestQuestion['example']) => ({
  stems: contentStems(`${question} ${answer}`),
  isNumeric: /\p{N}/u.test(answer),
});

function nearest(pool: readonly Other[], change: NewStatement, values: readonly string[]): Other[] {
  const own = contentStems(change.after.text);
  const isNumeric = values.some((value) => /\p{N}/u.test(value));
  const score = ({ example, stems, isNumeric: hasNumber }: Other) => {
    const shared = [...own].filter((stem) => stems.has(stem)).length;
    const place =
      example.chunkId === change.after.chunkId ? 0.5 : example.documentId === change.after.documentId ? 0.25 : 0;
    return (2 * shared) / Math.max(1, own.size + stems.size) + place + (isNumeric && hasNumber ? 0.25 : 0);
  };
  return pool
    .filter(({ example }) => !saysAll(example.answer, values))
    .map((other) => ({ other, points: score(other) }))
    .sort((a, b) => b.points - a.points || a.other.at - b.other.at)
    .slice(0, BESIDE)
    .map(({ other }) => other);
}

/** Several changes as one: an answer may rest on more than one statement. */
function askedOf(
  about: readonly NewStatement[],
  places: ReadonlyMap<NewStatement, number>,
): NonNullable<SuiteQuestion['change']> {
  const before = about.flatMap((change) => change.before?.text ?? []);
  return {
    kind: about.some(({ kind }) => kind === 'changed') ? 'changed' : 'added',
    of: about.map((change) => places.get(change)!),
    ...(before.length > 0 && { before: before.join(' ') }),
    after: about.map(({ after }) => after.text).join(' '),
    was: about.flatMap(({ was }) => was),
    is: about.flatMap(({ is }) => is),
  };
}
