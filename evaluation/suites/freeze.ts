import { suiteName } from '../../configs/check-names.ts';
import type { RunConfig } from '../../configs/schema.ts';
import { readExamples } from '../../datasets/files/example-rows.ts';
import { passageText } from '../../schema/passage-text.ts';
import { changesSince } from '../../documents/changes/since.ts';
import type { Incumbent } from '../../contract/promotion-stages.ts';
import { AskedChanges } from '../../documents/changes/asked-changes.ts';
import { StatementChangeSchema, type DocumentChanges } from '../../schema/changes.ts';
import { ChunkSchema, type DataRef } from '../../schema/data.ts';
import { markChanges } from '../corrections/mark-questions.ts';
import { mergedNote } from './lines.ts';
import { capQuestions, questionsFromExamples } from './suites.ts';
import type { SuiteQuestion, SuiteRef } from '../../schema/evaluation.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import type { Keys } from '../../providers/chat/api-key.ts';
import type { Ledger } from '../../providers/ledger/ledger.ts';
import { semanticFilter } from '../../datasets/assembly/semantic-filter.ts';
import { RunError } from '../../common/errors.ts';
import { FailureTally } from '../../failures/failure-tally.ts';
import { markTaught } from './mark-taught.ts';
import { readSuiteFile } from './file.ts';
import { withoutShown } from './shown.ts';
import type { RunTerms } from '../../contract/dataset-stages.ts';
import type { EvaluatedData } from '../../contract/version-stages.ts';

/** Where suites are read and kept, and what marks them. */
export interface SuiteSources {
  projectRoot: string;
  allowedRoots: readonly string[];
  artifacts: ArtifactStore;
  ledger: Ledger;
  keys: Keys;
}

/** Freezes the questions of a run's suites. Those of people are marked by whether training has taught what they ask for. */
export async function freezeSuites(
  input: {
    config: RunConfig;
    /** Without one there is no suite `test`, and nobody knows what was taught. */
    dataset?: EvaluatedData;
    chunks?: DataRef;
    /** Whoever answers was taught nothing by the dataset: what it holds says nothing of them. */
    unmarked?: boolean;
    /** What the documents say otherwise than those of what serves. */
    changes?: DocumentChanges;
    /** What serves, where nobody has compared the documents with its own yet. */
    since?: Incumbent;
    dependencies: SuiteSources;
    report: (done: number, total: number, what?: string) => void;
    signal: AbortSignal;
  } & Partial<RunTerms>,
): Promise<SuiteRef[]> {
  const { config, dataset, chunks, since, unmarked = false } = input;
  const { dependencies, report, signal, runId, fresh, budget } = input;
  const { artifacts, ledger, keys } = dependencies;
  const { suites, maxQuestions } = config.evaluation;
  const terms = runId !== undefined && { runId, fresh: fresh ?? false, budget: budget ?? {} };
  const failures = new FailureTally(config);
  const semantic = terms ? semanticFilter({ config, terms, ledger, keys, signal, failures }) : undefined;
  const cap = (questions: readonly SuiteQuestion[]) => capQuestions(questions, { maxQuestions, seed: config.seed });
  const keep = (rows: readonly SuiteQuestion[]) => artifacts.writeJsonLines({ kind: 'suites', rows });
  const frozen: SuiteRef[] = [];
  for (const [at, suite] of suites.entries()) {
    const name = suiteName(suite);
    report(at, suites.length, name);
    if (suite === 'test') {
      if (!dataset || !chunks) throw new RunError('suite', `suite ${name}: no dataset that it is the held-out part of`);
      const { changes } = input;
      const { questions: held, compared } = await testQuestions({
        dependencies,
        test: dataset.test,
        chunks,
        changes,
        since,
      });
      const { questions, leftOut } = await withoutShown(held, config);
      if (questions.length === 0)
        throw new RunError(
          'suite',
          `suite ${name} has no questions; no fact of the dataset has a second wording to hold out; give wordings of one question the same \`fact\` in an import, or evaluate on questions of your own`,
        );
      frozen.push({
        name,
        askedBy: 'dataset',
        declares: 'same facts, new wording',
        questions: await keep(cap(questions)),
        ...(leftOut !== undefined && { merged: leftOut }),
        ...(compared && { changes: compared }),
      });
      continue;
    }
    const { questions, ...read } = await readSuiteFile({ ...dependencies, suite });
    const merged = mergedNote({ ...read, questions: questions.length });
    const people = { name, askedBy: 'people' as const, ...(merged && { merged }) };
    if (!dataset || unmarked) {
      frozen.push({ ...people, declares: 'known and new facts', questions: await keep(cap(questions)) });
      continue;
    }
    const training = await readExamples({ ref: dataset.trainExamples, store: artifacts });
    const marked = await markTaught({ questions: cap(questions), training, semantic });
    const taught = countTaught(marked);
    frozen.push({ ...people, declares: declared(taught), questions: await keep(marked), taught });
  }
  return frozen;
}

function countTaught(questions: readonly SuiteQuestion[]): { known: number; new: number } {
  const known = questions.filter(({ taught }) => taught?.known).length;
  return { known, new: questions.length - known };
}

function declared(taught: { known: number; new: number }): SuiteRef['declares'] {
  if (taught.known === 0) return 'new facts';
  return taught.new === 0 ? 'same facts, new wording' : 'known and new facts';
}

async function testQuestions(options: {
  dependencies: Pick<SuiteSources, 'artifacts'>;
  test: DataRef;
  chunks: DataRef;
  changes: DocumentChanges | undefined;
  since: Incumbent | undefined;
}): Promise<{ questions: SuiteQuestion[]; compared: DocumentChanges | undefined }> {
  const { since, dependencies } = options;
  const { artifacts } = dependencies;
  const chunks = await artifacts.loadJsonLines(options.chunks, ChunkSchema);
  const texts = new Map(chunks.map((chunk) => [chunk.id, passageText(chunk)]));
  const examples = await readExamples({ ref: options.test, store: artifacts });
  const questions = questionsFromExamples(examples, texts, new Map(chunks.map((chunk) => [chunk.id, chunk])));
  const compared = options.changes ?? (since && (await changesSince({ since, chunks, artifacts })));
  if (compared?.status !== 'known') return { questions, compared };
  const statements = await artifacts.loadJsonLines(compared.statements, StatementChangeSchema);
  const asked = questions.map((question, at) => ({ asked: question, example: examples[at]! }));
  return { questions: markChanges(asked, new AskedChanges(statements)), compared };
}
