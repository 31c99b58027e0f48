import { saysAll, valuesOf } from '../../documents/changes/asked-changes.ts';
import { contentStems } from '../../language/analysis.ts';
import type { AskedChange } from '../../schema/changes.ts';
import type { KnownCorrections } from '../../schema/corrections.ts';
import type { SuiteQuestion } from '../../schema/evaluation.ts';

/** People's questions that still expect what the documents said before: a right answer counts as wrong there. */

/** Of the words of question and answer, how many the statement of before has. */
const ABOUT_IT = 0.4;
const MOST = 5;

type Stale = NonNullable<KnownCorrections['stale']>;

/** @param suites questions that people wrote, by suite */
export function staleQuestions(
  suites: ReadonlyMap<string, readonly SuiteQuestion[]>,
  changes: readonly AskedChange[],
): Stale {
  const named = changes.flatMap(({ before, was, is }) => {
    const [old, now] = [valuesOf(was), valuesOf(is)];
    return before === undefined || old.length === 0 ? [] : [{ was: old, is: now, stems: contentStems(before) }];
  });
  const stale: Stale = [];
  for (const [suite, questions] of suites)
    for (const { question, answer } of questions) {
      const stems = contentStems(`${question} ${answer}`);
      const change = named.find(
        ({ was, is, stems: of }) => saysAll(answer, was) && !saysAll(answer, is) && shared(stems, of) >= ABOUT_IT,
      );
      if (change) stale.push({ suite, question, was: change.was, is: change.is });
    }
  return stale.slice(0, MOST);
}

function shared(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const both = [...one].filter((stem) => other.has(stem)).length;
  return (2 * both) / Math.max(1, one.size + other.size);
}
