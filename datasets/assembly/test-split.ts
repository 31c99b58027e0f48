import type { DecidedDataset } from './decide.ts';

/** What a dataset's test split can measure, in words for a person. Pure. */

/** Below so many facts a better model can't be told from a lucky one. */
const FEW_FACTS = 20;

export interface TestSplit {
  /** Examples kept, and facts that they are about. */
  kept: number;
  facts: number;
  /** Facts with more than one kept wording. */
  severalWordings: number;
  /** Wordings that went back to train, because one there is nearly theirs. */
  moved: number;
  /** Questions of the test split. */
  test: number;
  /** Whether any of the kept pairs were imported. */
  imported: boolean;
}

/** Counts of what was decided. */
export function testSplitOf({ kept, fates, moved }: Pick<DecidedDataset, 'kept' | 'fates' | 'moved'>): TestSplit {
  const facts = Map.groupBy(kept, ({ factId }) => factId);
  return {
    kept: kept.length,
    facts: facts.size,
    severalWordings: [...facts.values()].filter(({ length }) => length > 1).length,
    moved,
    test: kept.filter(({ id }) => fates.get(id) === 'test').length,
    imported: kept.some(({ importedFrom }) => importedFrom !== undefined),
  };
}

/** Why no question can be made for the suite `test`, and what to do; undefined where there are some. */
export function noTestQuestion({ kept, facts, severalWordings, moved, test, imported }: TestSplit): string | undefined {
  if (test > 0) return undefined;
  const have = `${plural(kept, 'example')} about ${plural(facts, 'fact')} ${kept === 1 ? 'was' : 'were'} kept`;
  const why =
    severalWordings === 0
      ? `${have}, and no fact has a second wording to hold out`
      : `${have}, but the wordings of each fact are too alike to be kept apart${moved > 0 ? `: ${plural(moved, 'wording')} went back to train` : ''}`;
  const fix = imported
    ? 'in the imported file give a `fact` column, with the same value for two or more wordings of one question'
    : 'give documents that the teacher can ask of in several wordings, or read what was rejected';
  return `no question can be made for the suite test: ${why}. Fix: ${fix}; or evaluate on questions of your own: evaluation.suites: [FILE.jsonl] without test, and gate.suite: FILE`;
}

/** What to know of a test split that has questions, but few. */
export function fewTestFacts({ test, facts }: Pick<TestSplit, 'test' | 'facts'>): string | undefined {
  const asked = Math.min(test, facts);
  return asked > 0 && asked < FEW_FACTS
    ? `The test split has ${plural(test, 'question')} about ${plural(asked, 'fact')}: too few to tell a better model from a lucky one`
    : undefined;
}

const plural = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
