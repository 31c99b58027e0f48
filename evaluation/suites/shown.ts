import { ConfigError, fieldName, type Locate } from '../../common/config-errors.ts';
import { suiteName } from '../../configs/check-names.ts';
import { isPrompt, type Prompt, type RunConfig } from '../../configs/schema.ts';
import { leaveOutContaminated } from '../../datasets/assembly/contamination.ts';
import { talksToModel } from '../../retrieval/answering/as-data.ts';
import type { SuiteQuestion } from '../../schema/evaluation.ts';

/** What prompts show a model before it is asked: data, and no question that it is then measured by. */

type Shown = Pick<Prompt, 'examples'>;
type Suites = readonly { suite: string; questions: readonly { question: string }[] }[];

/**
 * @param options.suites suite files that the candidates are asked
 * @throws ConfigError for an example whose question is one of a suite's, and for one that talks to a model
 */
export async function checkPrompts(options: {
  config: Pick<RunConfig, 'candidates' | 'filters'>;
  suites: Suites;
  at?: Locate | undefined;
}): Promise<void> {
  const { config, suites, at = fieldName } = options;
  const problems: string[] = [];
  for (const [i, candidate] of config.candidates.entries()) {
    const prompt = promptOf(candidate);
    if (!prompt) continue;
    const found = [...hostileExamples(prompt), ...(await leaksOf(prompt, { suites, filters: config.filters }))];
    problems.push(...found.map((said) => `${at(['candidates', i, 'prompt'])}: ${prompt.file}: ${said}`));
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

const promptOf = (candidate: RunConfig['candidates'][number]): Prompt | undefined =>
  isPrompt(candidate) && typeof candidate.prompt !== 'string' ? candidate.prompt : undefined;

/** Demos hold what a program found in documents, which may talk to models. */
export const hostileExamples = ({ examples }: Shown): string[] =>
  examples.flatMap(({ question, asked, answered }) => {
    const why = talksToModel(asked) ?? talksToModel(answered);
    return why === undefined ? [] : [`its demo "${question}" ${why}; leave the demo out`];
  });

/** Examples whose answer is asked for by a suite file, in words. */
export async function leaksOf(
  { examples }: Shown,
  { suites, filters: { contamination } }: { suites: Suites; filters: Pick<RunConfig['filters'], 'contamination'> },
): Promise<string[]> {
  const { leftOut } = await leaveOutContaminated({
    rows: examples,
    suites: suites.map(({ suite, questions }) => ({
      name: suiteName(suite),
      declares: 'new facts',
      questions: questions.map(({ question }) => question),
    })),
    contamination,
    nearDuplicate: contamination,
  });
  return leftOut.map(
    ({ row, why }) =>
      `its demo "${row.question}" gives an answer away: ${why}. Optimise on questions that no suite asks, or leave them out of the suite`,
  );
}

/** Questions of the dataset's held-out part but for those that a prompt shows: whoever optimised it had them before there was this suite. */
export async function withoutShown(
  questions: readonly SuiteQuestion[],
  { candidates, split }: Pick<RunConfig, 'candidates' | 'split'>,
): Promise<{ questions: SuiteQuestion[]; leftOut?: string }> {
  const shown = candidates.flatMap((candidate) => promptOf(candidate)?.examples ?? []);
  if (shown.length === 0) return { questions: [...questions] };
  const { kept, leftOut } = await leaveOutContaminated({
    rows: questions,
    suites: [
      { name: 'prompts', declares: 'same facts, new wording', questions: shown.map(({ question }) => question) },
    ],
    contamination: split.nearDuplicate,
    nearDuplicate: split.nearDuplicate,
  });
  if (leftOut.length === 0) return { questions: kept };
  return {
    questions: kept,
    leftOut: `${leftOut.length} of ${questions.length} questions left out: a prompt shows them with their answers`,
  };
}
