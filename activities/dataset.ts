import { readFileSync } from 'node:fs';
import { suiteName } from '../configs/check-names.ts';
import { writeDataset } from '../datasets/assembly/build.ts';
import { decideDataset } from '../datasets/assembly/decide.ts';
import { fewTestFacts, noTestQuestion, testSplitOf } from '../datasets/assembly/test-split.ts';
import { sourceQuotas } from '../generation/tasks/source-quotas.ts';
import type { SuiteWordings } from '../datasets/assembly/contamination.ts';
import { GENERATION_PROMPT_VERSION } from '../generation/request.ts';
import { ExampleSchema, TeacherSkipSchema, type Example, type Wording } from '../schema/data.ts';
import type { Dependencies } from './dependencies.ts';
import { RunError } from '../common/errors.ts';
import { FailureTally } from '../failures/failure-tally.ts';
import { furtherRound } from '../generation/tasks/further-round.ts';
import { areFew } from '../generation/held-examples.ts';
import { nothingGenerated } from '../generation/nothing-generated.ts';
import { readSuiteFile } from '../evaluation/suites/file.ts';
import { passagesOf, teacherTerms } from '../documents/passages.ts';
import { withHeartbeat } from './heartbeat.ts';
import { semanticFilter } from '../datasets/assembly/semantic-filter.ts';
import type { Activities } from '../contract/activities.ts';

const { version: WHETSTONE_VERSION } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string };

export function datasetActivities({
  artifacts,
  held,
  projectRoot,
  allowedRoots,
  ledger,
  keys,
}: Dependencies): Pick<Activities, 'assembleDataset'> {
  return {
    assembleDataset: ({ config, documents, shards, skipped = [], testNeeded = false, nextRound, ...terms }) =>
      withHeartbeat({ stage: 'dataset', label: 'dataset' }, async (report, signal) => {
        const generated = shards.reduce((sum, shard) => sum + shard.rows, 0);
        const further = (accepted: readonly Pick<Wording, 'chunkId' | 'kind'>[], missing: number) =>
          missing > 0
            ? furtherRound({ config, artifacts, chunks: documents.chunks, accepted, missing, nextRound })
            : undefined;
        if (generated === 0) {
          const more = await further([], config.generation.target);
          if (more) return more;
          const why = await nothingGenerated({ config, documents, dependencies: { artifacts, ledger } });
          throw new RunError('dataset', why);
        }
        let read = 0;
        async function* examples(): AsyncGenerator<Example> {
          // Read twice: once to decide, once to write. Their content is checked by hash each time, their shape the first time.
          const schema = read === 0 ? ExampleSchema : undefined;
          for (const shard of shards) {
            let rows = held.of(shard);
            if (!rows && areFew(generated)) {
              rows = await artifacts.loadJsonLines<Example>(shard, schema);
              held.hold(shard, rows);
            }
            yield* rows ?? artifacts.readJsonLines<Example>(shard, schema);
            report((read += shard.rows), 2 * generated);
          }
        }
        const {
          documents: _paths,
          candidates: _training,
          gate: _gate,
          promote: _promote,
          evaluation: _evaluation,
          limits: _limits,
          ...recipe
        } = config;
        const { generation } = config;
        const failures = new FailureTally(config);
        const rules = {
          split: config.split,
          seed: config.seed,
          generation,
          suites: await suiteWordings({ projectRoot, allowedRoots, suites: config.evaluation.suites }),
          contamination: config.filters.contamination,
          sources: sourceQuotas(config),
          semantic: semanticFilter({ config, terms, ledger, keys, signal, failures }),
        };
        const decided = await decideDataset({ examples, ...rules });
        const more = await further(decided.kept, decided.missing);
        if (more) return more;
        const tested = config.evaluation.suites.includes('test');
        const none = tested ? noTestQuestion(testSplitOf(decided)) : undefined;
        if (none !== undefined && testNeeded && decided.kept.length > 0) throw new RunError('dataset', none);
        const { uri, version, sha256, manifest, chat } = await writeDataset({
          decided,
          name: config.name,
          examples,
          passages: () => passagesOf({ artifacts, documents }),
          teacherSkips: async function* () {
            for (const ref of skipped) yield* artifacts.readJsonLines(ref, TeacherSkipSchema);
          },
          ...rules,
          systemPrompt: config.serving.systemPrompt,
          source: {
            documents: documents.documents,
            documentsSha256: documents.documentsSha256,
            chunks: documents.chunks.rows,
            personalData: documents.personalData,
            instructions: documents.instructions,
            personalDataRule: config.filters.personalData,
            licences: {
              documents: documents.licences,
              undeclared: documents.unlicensed ?? 0,
              teacher: teacherTerms(config.teacher),
            },
          },
          // Only what makes the dataset: another gate or candidate, or the documents in another folder, make no other one.
          madeBy: {
            whetstone: WHETSTONE_VERSION,
            generation: GENERATION_PROMPT_VERSION,
            recipe,
          },
          store: artifacts,
        });
        held.forget(shards);
        const { kept, rejected, splits, unitsTotal: total, unitsCovered: covered } = manifest;
        const warning = none ?? (tested ? fewTestFacts(testSplitOf(decided)) : undefined);
        return {
          status: 'built',
          failures: failures.counts,
          dataset: {
            uri,
            version,
            sha256,
            generated,
            kept,
            rejected,
            ...(generation.synthetic && {
              missing: Math.max(0, generation.target - kept),
              statements: { total, covered },
            }),
            ...(warning !== undefined && { warnings: [capital(warning)] }),
            train: chat.train,
            validation: chat.validation,
            test: splits.test,
            trainExamples: splits.train,
          },
        };
      }),
  };
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** The suite files of a config: their questions are of facts that training is not meant to teach. */
async function suiteWordings(options: {
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
