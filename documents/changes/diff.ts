import type { StatementChange } from '../../schema/changes.ts';
import { onlyIn, saysTheSame } from './differences.ts';
import { pairLoose, type Loose } from './pairing.ts';
import type { Statement } from './statements.ts';

export interface StatementsDiff {
  /** In the order of the documents of now; what was removed comes last, in its own order. */
  changes: StatementChange[];
  /** Statements that are as they were, wherever they stand now. */
  same: number;
}

/**
 * What statements say otherwise than those of before. First the same ones find each other, nearest first: in their section, in their
 * document, anywhere; so what was moved, reflowed or cut otherwise is no change. An item whose lead-in is not what it was says something
 * else all the same. Of the others each goes with the one that is most like it, in its document and then anywhere. What is left was added
 * or removed, unless another place says the same.
 *
 * Deterministic; with the sides exchanged it gives the same pairs. Takes time in proportion to the statements, but for sorting those that
 * changed.
 */
export function diffStatements(before: readonly Statement[], after: readonly Statement[]): StatementsDiff {
  const twins = findTwins(before, after);
  const pairs = pairChanged(before, after, twins);
  const known = { before: firstBy(before), after: firstBy(after) };
  const isPaired = new Set(pairs.keys());
  const changes: StatementChange[] = [];
  let same = 0;
  for (const [j, now] of after.entries()) {
    const twin = twins.before.get(j);
    const i = pairs.get(j);
    if (twin !== undefined) {
      if (hangsOtherwise(before[twin]!, now, known)) changes.push(changeOf(before[twin]!, now, undefined));
      else same += 1;
    } else if (i !== undefined) changes.push(changeOf(before[i]!, now, known.after.get(before[i]!.key)));
    else if (!known.before.has(now.key))
      changes.push({ kind: 'added', after: placeOf(now), was: [], is: onlyIn(now.text, '') });
  }
  const gone = new Set([...isPaired].map((j) => pairs.get(j)!));
  for (const [i, old] of before.entries()) {
    if (twins.after.has(i) || gone.has(i) || known.after.has(old.key)) continue;
    changes.push({ kind: 'removed', before: oldOf(old), was: onlyIn(old.text, ''), is: [] });
  }
  return { changes, same };
}

/** Index of a twin, by the index of the other side's: `before` of statements of now, `after` of those of before. */
interface Twins {
  before: Map<number, number>;
  after: Map<number, number>;
}

function findTwins(before: readonly Statement[], after: readonly Statement[]): Twins {
  const twins: Twins = { before: new Map(), after: new Map() };
  const names: ((statement: Statement) => string)[] = [
    ({ documentId, section, key }) => `${documentId}\0${section}\0${key}`,
    ({ documentId, key }) => `${documentId}\0${key}`,
    ({ key }) => key,
  ];
  for (const nameOf of names) {
    const free = new Map<string, number[]>();
    for (const [i, statement] of before.entries()) {
      if (twins.after.has(i)) continue;
      const name = nameOf(statement);
      const found = free.get(name);
      if (found) found.push(i);
      else free.set(name, [i]);
    }
    const taken = new Map<string, number>();
    for (const [j, statement] of after.entries()) {
      if (twins.before.has(j)) continue;
      const name = nameOf(statement);
      const turn = taken.get(name) ?? 0;
      const i = free.get(name)?.[turn];
      if (i === undefined) continue;
      taken.set(name, turn + 1);
      twins.before.set(j, i);
      twins.after.set(i, j);
    }
  }
  return twins;
}

/** By the index of a statement of now, that of before. */
function pairChanged(before: readonly Statement[], after: readonly Statement[], twins: Twins): Map<number, number> {
  const old = looseOf(before, (i) => (twins.after.has(i) ? i : undefined));
  const now = looseOf(after, (j) => twins.before.get(j));
  const pairs = new Map<number, number>();
  const pair = (one: readonly (Loose & { index: number })[], other: readonly (Loose & { index: number })[]) => {
    for (const [i, j] of pairLoose(one, other)) pairs.set(other[j]!.index, one[i]!.index);
  };
  const byDocument = Map.groupBy(now, ({ statement }) => statement.documentId);
  for (const [documentId, own] of Map.groupBy(old, ({ statement }) => statement.documentId))
    pair(own, byDocument.get(documentId) ?? []);
  const gone = new Set(pairs.values());
  const anywhere = (side: readonly (Loose & { index: number })[], isPaired: (index: number) => boolean) =>
    side.filter(({ index }) => !isPaired(index)).map((one) => ({ ...one, at: one.index, places: [] }));
  pair(
    anywhere(old, (i) => gone.has(i)),
    anywhere(now, (j) => pairs.has(j)),
  );
  return pairs;
}

/** Statements without a twin. @param twinOf one name for both twins; undefined for what has none */
function looseOf(
  statements: readonly Statement[],
  twinOf: (index: number) => number | undefined,
): (Loose & { index: number })[] {
  const loose: (Loose & { index: number; places: string[] })[] = [];
  let run: typeof loose = [];
  let above = '';
  let at = 0;
  let documentId: string | undefined;
  const endRun = (below: string) => {
    for (const [k, one] of run.entries()) one.places.push(`${above} +${k}`, `${below} -${run.length - k}`);
    loose.push(...run);
    run = [];
    above = below;
  };
  for (const [index, statement] of statements.entries()) {
    if (statement.documentId !== documentId) {
      endRun(`end of ${JSON.stringify(documentId ?? '')}`);
      documentId = statement.documentId;
      above = `start of ${JSON.stringify(documentId)}`;
      at = 0;
    }
    const twin = twinOf(index);
    if (twin === undefined) run.push({ statement, index, at, places: [] });
    else endRun(`twin ${twin}`);
    at += 1;
  }
  endRun(`end of ${JSON.stringify(documentId ?? '')}`);
  return loose;
}

/** Whether the lead-in of before is gone and another one has come: a passage that was cut otherwise may only not have it at hand. */
const hangsOtherwise = (old: Statement, now: Statement, known: Record<'before' | 'after', Map<string, Statement>>) =>
  old.hangsOn !== undefined &&
  now.hangsOn !== undefined &&
  !known.after.has(old.hangsOn) &&
  !known.before.has(now.hangsOn);

/** The first statement that says it. */
function firstBy(statements: readonly Statement[]): Map<string, Statement> {
  const first = new Map<string, Statement>();
  for (const statement of statements) if (!first.has(statement.key)) first.set(statement.key, statement);
  return first;
}

function changeOf(old: Statement, now: Statement, still: Statement | undefined): StatementChange {
  // What it hangs on is part of what an item says: `Never:` and `Always:` make two of one.
  const [one, other] = [old, now].map(({ key, text, hangsOn }) => (old.key === now.key ? `${hangsOn}: ${text}` : key));
  const [was, is] =
    old.key === now.key
      ? [onlyIn(old.hangsOn ?? '', now.hangsOn ?? ''), onlyIn(now.hangsOn ?? '', old.hangsOn ?? '')]
      : [onlyIn(old.text, now.text), onlyIn(now.text, old.text)];
  const kind = saysTheSame(one!, other!) ? 'reworded' : 'changed';
  return {
    kind,
    before: oldOf(old),
    after: placeOf(now),
    was,
    is,
    ...(kind === 'changed' && still && { stillIn: still.documentId }),
  };
}

const oldOf = ({ documentId, text }: Statement) => ({ documentId, text });
const placeOf = ({ documentId, chunkId, start, end, text }: Statement) => ({ documentId, chunkId, start, end, text });
