import { suiteName } from '../../configs/check-names.ts';
import type { SuiteWordings } from '../../datasets/assembly/contamination.ts';
import { readSuiteFile } from './file.ts';

/** The suite files of a config: their questions are of facts that training is not meant to teach. */
export async function suiteWordings(options: {
  projectRoot: string;
  allowedRoots: readonly string[];
  suites: readonly string[];
}): Promise<SuiteWordings[]> {
  const { suites, ...where } = options;
  const files = suites.filter((suite) => suite !== 'test');
  return Promise.all(
    files.map(async (suite) => ({
      name: suiteName(suite),
      declares: 'new facts' as const,
      questions: (await readSuiteFile({ ...where, suite })).questions.map(({ question }) => question),
    })),
  );
}
