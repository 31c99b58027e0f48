import type { RunConfig } from '../../configs/schema.ts';
import { saysAll, stillSaysOld } from '../../documents/changes/asked-changes.ts';
import type { AskedChange, DocumentChanges } from '../../schema/changes.ts';
import type { Corrections, KnownCorrections } from '../../schema/corrections.ts';
import { ECHO_ARM, INCUMBENT_ARM, type Answer, type SuiteQuestion } from '../../schema/evaluation.ts';
import { compareArms } from '../statistics/compare.ts';
import { staleQuestions } from './stale-questions.ts';

/** The suite whose questions rest on the documents. */
const SUITE = 'test';
const FACTS = 'facts';
const SHOWN = 5;
const RIGHT = 1 - 1e-9;

type Asked = Pick<KnownCorrections, 'facts' | 'questions' | 'right' | 'still' | 'corrected' | 'beside' | 'shown'> & {
  statements: number;
  metric: string;
};

/** Collects, suite by suite, who answers right what changed, and what became of the rest. */
export function collectCorrections(options: {
  config: Pick<RunConfig, 'candidates' | 'evaluation' | 'gate' | 'seed'>;
  changes: DocumentChanges;
  against: string;
}) {
  const { config, changes, against } = options;
  const { since } = changes;
  const rest: KnownCorrections['rest'] = [];
  let asked: Asked | undefined;
  let about: AskedChange[] = [];
  const peoples = new Map<string, readonly SuiteQuestion[]>();
  const unknown = (why: string): Corrections => ({ status: 'unknown', since, why });
  return {
    /** @param rows answers of all arms */
    add(suite: string, questions: readonly SuiteQuestion[], rows: readonly Answer[]): void {
      if (changes.status === 'unknown' || against !== INCUMBENT_ARM) return;
      const changed = new Map(questions.flatMap(({ id, change }) => (change ? [[id, change]] : [])));
      const others = rows.filter(({ questionId }) => !changed.has(questionId));
      const metric = metricOf(config, others.length > 0 ? others : rows, suite);
      if (others.length > 0) {
        const { confidence } = config.gate;
        const { resamples } = config.evaluation;
        const candidates = config.candidates.map(({ name }) => name);
        const compared = compareArms({
          answers: others,
          metrics: [metric],
          candidates,
          against: () => [INCUMBENT_ARM],
          confidence,
          resamples,
          seed: config.seed,
        });
        rest.push(...compared.map((comparison) => ({ suite, comparison })));
      }
      if (suite === SUITE) {
        asked = whoIsRight({ config, questions, rows, metric });
        about = [...changed.values()];
      } else peoples.set(suite, questions);
    },
    result(): Corrections {
      if (changes.status === 'unknown') return unknown(changes.why);
      if (against !== INCUMBENT_ARM) return unknown(`version ${since} is the untuned base itself`);
      if (!asked) return unknown(`no suite asks for what the documents say: add ${SUITE} to evaluation.suites`);
      const { changed, added, removed } = changes;
      const { statements, ...figures } = asked;
      const unasked = Math.max(0, changed + added - statements);
      const stale = staleQuestions(peoples, about);
      return {
        status: 'known',
        since,
        changed,
        added,
        removed,
        unasked,
        suite: SUITE,
        rest,
        ...(stale.length > 0 && { stale }),
        ...figures,
      };
    },
  };
}

/** The gate's metric; for questions that people wrote the facts that they expect. */
function metricOf({ gate }: Pick<RunConfig, 'gate'>, rows: readonly Answer[], suite: string): string {
  const judged = (metric: string) => rows.some(({ judgements }) => judgements.some(({ judge }) => judge === metric));
  if (suite !== SUITE && judged(FACTS)) return FACTS;
  return judged(gate.metric) ? gate.metric : (rows[0]?.judgements[0]?.judge ?? gate.metric);
}

function whoIsRight(options: {
  config: Pick<RunConfig, 'candidates'>;
  questions: readonly SuiteQuestion[];
  rows: readonly Answer[];
  metric: string;
}): Asked {
  const { config, questions, rows, metric } = options;
  const byQuestion = Map.groupBy(rows, ({ questionId }) => questionId);
  const arms = [...new Set(rows.map(({ arm }) => arm))].sort();
  const changed = questions.filter(({ change }) => change);
  const beside = questions.filter((question) => question.beside);
  const facts = [...Map.groupBy(changed, ({ cluster }) => cluster).values()];
  const near = [...Map.groupBy(beside, ({ cluster }) => cluster).values()];
  const answerOf = (arm: string, { id }: SuiteQuestion) => byQuestion.get(id)?.find((row) => row.arm === arm);
  const isRight = (arm: string) => (fact: readonly SuiteQuestion[]) =>
    fact.every((question) =>
      answerOf(arm, question)?.judgements.some(({ judge, score }) => judge === metric && score >= RIGHT),
    );
  const saysOld = (arm: string) => (fact: readonly SuiteQuestion[]) =>
    fact.some((question) => stillSaysOld(answerOf(arm, question)?.answer ?? '', question.change!));
  const saysNew = (arm: string) => (fact: readonly SuiteQuestion[]) =>
    fact.some(({ beside: values = [], ...question }) =>
      values.some((each) => saysAll(answerOf(arm, question)?.answer ?? '', each)),
    );
  type Test = (arm: string) => (fact: readonly SuiteQuestion[]) => boolean;
  const count = (of: readonly (readonly SuiteQuestion[])[], test: Test, names: readonly string[] = arms) =>
    Object.fromEntries(names.map((arm) => [arm, of.filter(test(arm)).length]));
  const isCorrected: Test = (arm) => (fact) =>
    isRight(arm)(fact) && [INCUMBENT_ARM, ECHO_ARM].every((other) => !arms.includes(other) || !isRight(other)(fact));
  return {
    metric,
    statements: new Set(changed.flatMap(({ change }) => change!.of)).size,
    facts: facts.length,
    questions: changed.length,
    right: count(facts, isRight),
    still: count(facts, saysOld),
    corrected: count(
      facts,
      isCorrected,
      config.candidates.map(({ name }) => name),
    ),
    beside: { facts: near.length, right: count(near, isRight), spilled: count(near, saysNew) },
    shown: [...facts]
      .sort(([a], [b]) => Number(a?.change?.kind === 'added') - Number(b?.change?.kind === 'added'))
      .slice(0, SHOWN)
      .flatMap(([question]) =>
        question
          ? [
              {
                question: question.question,
                was: question.change!.was,
                is: question.change!.is,
                reference: question.answer,
              },
            ]
          : [],
      ),
  };
}
