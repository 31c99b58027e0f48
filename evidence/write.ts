import type { ArtifactStore } from '../artifacts/store.ts';
import { readAnswers } from '../evaluation/answers-parquet.ts';
import { SuiteQuestionSchema, type Answer, type SuiteQuestion, type SuiteRef } from '../schema/evaluation.ts';
import type { DataRef } from '../schema/data.ts';
import { evidenceBrief } from './brief.ts';
import type { Asked } from './changes.ts';
import { collectEvidence, type Evidence } from './collect.ts';
import { evidenceHtml } from './html/document.ts';
import { keepPage } from './keep.ts';
import { compareTrainingData, type Datasets } from './training-data.ts';
import { createSampler, namedOn } from './sample/draw.ts';
import { keepSample } from './sample/keep.ts';
import { blindPart } from './sample/sample.ts';
import { referenceArmOf } from '../schema/evaluation.ts';

/** Makes a page of an evaluation's artifacts, and keeps it. */
export async function writeEvidence(
  options: Omit<Evidence, 'answersOf' | 'phrases' | 'changeOf'> & {
    artifacts: ArtifactStore;
    /** What the candidate and what serves learnt from. */
    datasets?: Datasets | undefined;
    /** The frozen suites, for what their answers must not say, and what the documents changed. */
    suites: readonly SuiteRef[];
    /** Where a page will be found, by its id. */
    linkTo: (id: string) => string;
    onSuite?: (done: number) => void;
  },
): Promise<{ page: DataRef; link: string; brief: string }> {
  const { artifacts, suites, linkTo, onSuite, datasets, ...evidence } = options;
  const asked = await whatIsAsked(artifacts, suites);
  let done = 0;
  const { promotion, evaluation, evidenceSha256 } = evidence;
  const { candidate } = evidence.gate;
  const sampler =
    promotion &&
    createSampler({
      promotion: promotion.id,
      candidate,
      against: referenceArmOf(evaluation, candidate),
      judges: evaluation.judges,
    });
  const page = await collectEvidence({
    ...evidence,
    answersOf: async function* (suite) {
      yield* byQuestion(readAnswers({ artifacts, ref: suite.results }));
      onSuite?.(++done);
    },
    sampler,
    data: datasets && (await compareTrainingData(artifacts, datasets)),
    phrases: (suite, id) => asked.get(`${suite}\0${id}`)?.mustNot ?? [],
    changeOf: (suite, id) => asked.get(`${suite}\0${id}`)?.change,
  });
  if (sampler) {
    const sample = sampler.result({ evaluation: evidenceSha256, named: namedOn(page, evaluation.corrections) });
    page.blind = blindPart(await keepSample(artifacts, sample));
  }
  const of = { evaluation: evidenceSha256, candidate, promotion: promotion?.id };
  const kept = await keepPage({ artifacts, html: await evidenceHtml(page), ...of });
  const link = linkTo(of.promotion ?? of.evaluation);
  return { page: kept, link, brief: evidenceBrief(page, link) };
}

/** What of a question a page needs beside its answers. */
async function whatIsAsked(
  artifacts: ArtifactStore,
  suites: readonly SuiteRef[],
): Promise<Map<string, Pick<SuiteQuestion, 'mustNot' | 'change'>>> {
  const found = new Map<string, Pick<SuiteQuestion, 'mustNot' | 'change'>>();
  for (const { name, questions } of suites)
    for await (const { id, mustNot, change } of artifacts.readJsonLines(questions, SuiteQuestionSchema))
      if (mustNot || change) found.set(`${name}\0${id}`, { mustNot, change });
  return found;
}

/** Rows come sorted by question: one is whole where the next begins. */
async function* byQuestion(rows: AsyncIterable<Answer>): AsyncGenerator<Asked, void> {
  let asked = new Map<string, Answer>();
  let id: string | undefined;
  for await (const row of rows) {
    if (id !== undefined && row.questionId !== id) {
      yield asked;
      asked = new Map();
    }
    id = row.questionId;
    asked.set(row.arm, row);
  }
  if (asked.size > 0) yield asked;
}
