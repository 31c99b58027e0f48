import { canonicalJson } from '../../common/canonical-json.ts';
import { RequestError } from '../../common/errors.ts';
import { sha256Of } from '../../common/hash.ts';
import { EvaluationPlanSchema } from '../../contract/version-stages.ts';
import { readAnswers } from '../../evaluation/answers-parquet.ts';
import { fits, readAnswerId, type AnswerId, type Served } from '../../registry/answers/answer-id.ts';
import type { ModelVersion } from '../../registry/schema.ts';
import {
  EvaluationSchema,
  SuiteQuestionSchema,
  type Answer,
  type Evaluation,
  type SuiteResult,
} from '../../schema/evaluation.ts';
import { chainOf, type Audited } from './chain.ts';
import { demand, type Link } from './link.ts';
import { citedLinks, loggedAnswer, loggedLines } from './open-book.ts';
import { placesOf } from './places.ts';

/** From an answer back: one that the gateway gave, or one of an evaluation. */

/** An evaluation's answer: its hash (12 digits at least), suite, question id and arm. */
const EVALUATED = /^([0-9a-f]{12,64})\/([^/]+)\/(.+)$/;

/** The id of an evaluation's answer. */
export const evaluatedAnswerId = (evidenceSha256: string, { suite, questionId, arm }: Answer): string =>
  [evidenceSha256.slice(0, 12), suite, questionId, arm].join('/');

/**
 * The chain from an answer that its id names; undefined for what is no id of an answer.
 * @throws NotInRegistryError, RequestError for an id that names nothing that is here
 */
export async function answerChain(audited: Audited, id: string): Promise<Link[] | undefined> {
  const said = readAnswerId(id);
  if (said) return servedChain(audited, id, said);
  const [, evaluation, suite, rest] = EVALUATED.exec(id) ?? [];
  if (evaluation === undefined || suite === undefined || rest === undefined) return undefined;
  return evaluatedChain(audited, { id, evaluation, suite, rest });
}

async function servedChain(audited: Audited, id: string, { model, version: number, move, at }: AnswerId) {
  const { registry, store, answers } = audited;
  const version = await registry.getVersion(model, number);
  const logged = await loggedAnswer(answers, id);
  const found = move && (await registry.moveOf({ model, ...move }));
  const served: Served = { version, move: found };
  const asked = move ? `${model}@${move.alias}, by its move ${move.seq}` : `${model}@v${number}`;
  const link: Link = {
    what: 'answer',
    name: id,
    says: [
      `given ${at} by version ${number}, asked as ${asked}`,
      ...(logged ? loggedLines(logged) : ['the log of answers has no line of it']),
      ...(logged?.question === undefined
        ? ['question and answer are not kept']
        : [`question: ${logged.question}`, `answer: ${logged.answer ?? ''}`]),
    ],
    check: async () => {
      if (move)
        demand(found?.toVersion ?? 'no such move', number, `what ${model}@${move.alias} served by move ${move.seq}`);
      if (!fits(id, served))
        throw new Error('the id does not fit the registry: it was made up, or the row was changed');
    },
  };
  const cited = logged && (await citedLinks({ logged, version, store, places: placesOf(store) }));
  return [
    link,
    ...(cited ?? []),
    ...(await chainOf(audited, { model, version: number, ...(found && { move: found }) })),
  ];
}

async function evaluatedChain(
  audited: Audited,
  asked: { id: string; evaluation: string; suite: string; rest: string },
): Promise<Link[]> {
  const { store } = audited;
  const places = placesOf(store);
  const { version, evidence, arm } = await evaluatedVersion(audited, asked.evaluation);
  const evaluation = EvaluationSchema.parse(JSON.parse(await store.readText(await places(evidence.uri))));
  const suite = evaluation.suites.find(({ name }) => name === asked.suite);
  if (!suite) {
    const known = evaluation.suites.map(({ name }) => name).join(', ');
    throw new RequestError(`answer ${asked.id}: unknown suite '${asked.suite}'; known: ${known}`);
  }
  const results = { ...suite.results, uri: await places(suite.results.uri) };
  const row = await answerIn(readAnswers({ artifacts: store, ref: results }), asked.rest);
  if (!row) {
    throw new RequestError(
      `answer ${asked.id}: no such answer among the ${results.rows} to ${suite.name}; expected EVALUATION/SUITE/QUESTION/ARM, as the evidence page names question and candidate`,
    );
  }
  const by = row.arm === arm ? `${version.model}@v${version.version}` : `the arm ${row.arm}`;
  const link: Link = {
    what: 'answer',
    name: asked.id,
    sha256: sha256Of(canonicalJson(row)),
    where: results.uri,
    says: [
      `given by ${by}, in the evaluation of ${version.model}@v${version.version}`,
      `question: ${row.question}`,
      `answer: ${row.answer}`,
      `reference: ${row.reference}`,
    ],
    check: async () => void (await store.localFile(results)),
  };
  const judged = row.judgements.map(({ judge, version: of, label, score, reason }): Link => ({
    what: 'judgement',
    name: `${judge} (${of}) of the answer`,
    where: results.uri,
    says: [`${label}, ${score}${reason ? `: ${reason}` : ''}`],
  }));
  const example = await exampleOf(audited, { evaluation, suite, row });
  return [link, ...judged, ...(await chainOf(audited, { ...version, example }))];
}

/** The version whose evaluation this is. */
async function evaluatedVersion({ registry }: Audited, hash: string) {
  const found: { version: ModelVersion; evidence: { uri: string; sha256: string }; arm: string }[] = [];
  for (const { name } of await registry.models()) {
    const later = await registry.evaluations(name);
    for (const version of await registry.listVersions(name)) {
      const { evidence, gate } = version.evaluated?.first ?? version;
      if (evidence?.sha256.startsWith(hash))
        found.push({ version, evidence, arm: gate?.candidate ?? version.candidate });
      for (const one of later)
        if (one.version === version.version && one.evidence.sha256.startsWith(hash))
          found.push({ version, evidence: one.evidence, arm: one.made.arm });
    }
  }
  const [first] = found;
  if (first) return first;
  throw new RequestError(
    `no version was evaluated by evaluation ${hash}; npx whetstone why MODEL@vN names those of a version`,
  );
}

async function answerIn(rows: AsyncIterable<Answer>, rest: string): Promise<Answer | undefined> {
  for await (const row of rows) if (`${row.questionId}/${row.arm}` === rest) return row;
  return undefined;
}

/** The example that an answer is followed to: of a held-out question itself, of a person's the one that taught its fact; null for none. */
async function exampleOf(
  { store }: Audited,
  { evaluation, suite, row }: { evaluation: Evaluation; suite: SuiteResult; row: Answer },
): Promise<string | null> {
  if (suite.askedBy === 'dataset' || suite.name === 'test') return row.questionId;
  if (row.taught !== 'known' || !evaluation.plan) return null;
  const places = placesOf(store);
  const plan = { ...evaluation.plan, uri: await places(evaluation.plan.uri) };
  const [made] = await store.loadJsonLines(plan, EvaluationPlanSchema).catch(() => []);
  const questions = made?.suites.find(({ name }) => name === suite.name)?.questions;
  if (!questions) return null;
  const here = { ...questions, uri: await places(questions.uri) };
  for await (const { id, taught } of store.readJsonLines(here, SuiteQuestionSchema))
    if (id === row.questionId) return taught?.nearest ?? null;
  return null;
}
