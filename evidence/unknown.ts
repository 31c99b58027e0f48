import { ECHO_ARM, INCUMBENT_ARM, isPeoples, LOOKUP_ARM, type Evaluation } from '../schema/evaluation.ts';
import { armWords, percent, plural, score } from './words.ts';

/** What the figures don't say, in words, so that nobody takes silence for a yes. Pure. */

/** A judge's agreement with people, as far as it was measured. */
export interface Agreement {
  judge: string;
  version: string;
  kappa: number;
  labels: number;
}

export interface UnknownInput {
  evaluation: Evaluation;
  candidate: string;
  against: string;
  gate: { suite: string; metric: string; minClusters: number };
  agreements: readonly Agreement[];
  /** Answers that failed or were not judged, by suite and arm. */
  failed: readonly { suite: string; arm: string; count: number }[];
  /** Whether answers carry how long they took. */
  timed: boolean;
  /** Which version served when this was evaluated. */
  incumbentVersion: number | null;
}

/** What is not known, the weightiest first. */
export function whatIsUnknown(input: UnknownInput): string[] {
  return [
    ...ofCorrections(input),
    ...ofPeople(input),
    ...ofFailures(input),
    ...ofFigures(input),
    ...ofJudges(input),
    ...ofWhatServes(input),
    ...(input.timed
      ? []
      : [
          'How long an answer takes: no answer of this evaluation carries its time. Try the candidate before it serves many.',
        ]),
  ];
}

function ofCorrections({ evaluation: { corrections } }: UnknownInput): string[] {
  if (!corrections) return [];
  if (corrections.status === 'unknown')
    return [`Whether it answers right what the documents say otherwise than before: ${corrections.why}.`];
  const { unasked, removed, stale = [] } = corrections;
  return [
    ...stale.map(
      ({ suite, question, was }) =>
        `What is right to "${question}": ${suite} expects ${was.map((one) => `"${one}"`).join(' and ')}, which the documents no longer say, and counts the new answer as wrong.`,
    ),
    ...(unasked > 0
      ? [
          `Whether it knows ${plural(unasked, 'statement')} that the documents changed: no held-out question asks for that.`,
        ]
      : []),
    ...(removed > 0
      ? [`Whether it still says ${plural(removed, 'statement')} that the documents no longer make: nobody asks.`]
      : []),
  ];
}

function ofPeople({ evaluation: { suites } }: UnknownInput): string[] {
  const peoples = suites.filter(isPeoples);
  if (peoples.length === 0)
    return ["How people's own questions are answered: no suite has questions that people wrote."];
  return peoples.flatMap(({ name, questions, taught }) => [
    ...(questions < 30
      ? [`Much of ${name}: it has ${plural(questions, 'question')}, on which chance weighs heavily.`]
      : []),
    ...(taught?.new === 0 ? [`How facts are answered that training never taught: ${name} asks for none.`] : []),
  ]);
}

function ofFailures({ failed, candidate, against }: UnknownInput): string[] {
  return failed
    .filter(({ arm, count }) => count > 0 && (arm === candidate || arm === against))
    .map(
      ({ suite, arm, count }) =>
        `What ${armWords(arm)} says to ${plural(count, 'question')} of ${suite}: no answer came or it could not be judged, which scores 0.`,
    );
}

function ofFigures({ evaluation, candidate, against, gate }: UnknownInput): string[] {
  return evaluation.suites.flatMap((suite) => {
    const rows = suite.comparisons.filter((one) => one.candidate === candidate && one.against === against);
    const open = rows.filter(({ low, high }) => low <= 0 && high >= 0).map(({ metric }) => metric);
    const silent = rows.filter(({ questions }) => questions < suite.questions);
    const decisive = rows.find(({ metric }) => metric === gate.metric);
    const means = decisive?.means ?? {};
    return [
      ...(suite.name === gate.suite && decisive && decisive.clusters < gate.minClusters
        ? [
            `Whether ${gate.metric} on ${suite.name} is chance: ${decisive.clusters} facts, and the gate asks ${gate.minClusters}.`,
          ]
        : []),
      ...(open.length > 0
        ? [
            `Whether anything changed on ${suite.name} in ${open.join(', ')}: the ${percent(rows[0]!.confidence)} intervals hold 0.`,
          ]
        : []),
      ...silent.map(
        ({ metric, questions }) =>
          `${metric} on ${suite.questions - questions} of the ${suite.questions} questions of ${suite.name}: nothing was written down to judge it by.`,
      ),
      ...(decisive && means[LOOKUP_ARM] !== undefined && means[LOOKUP_ARM] >= (means[candidate] ?? 0)
        ? [
            `Whether a model is needed for ${suite.name}: looking up the most similar training question scores ${score(means[LOOKUP_ARM])} on ${gate.metric}, the candidate ${score(means[candidate])}.`,
          ]
        : []),
      ...(decisive && means[ECHO_ARM] === undefined
        ? [`What the questions of ${suite.name} give away: no echo was asked.`]
        : []),
    ];
  });
}

function ofJudges({ evaluation, agreements }: UnknownInput): string[] {
  const judges = Object.entries(evaluation.judges).map(([metric, judge]) => {
    const known = agreements.filter((one) => one.judge === judge.name);
    const found = known.find(({ version }) => version === judge.version);
    return { metric, found, older: !found && known.length > 0 };
  });
  const unmeasured = judges.filter(({ found }) => !found);
  return [
    ...(unmeasured.length > 0
      ? [
          `How far the judges agree with people on ${unmeasured.map(({ metric, older }) => (older ? `${metric} (measured in another version)` : metric)).join(', ')}: never measured. The command npx whetstone judges calibrate does it.`,
        ]
      : []),
    ...judges.flatMap(({ metric, found }) =>
      found && found.kappa < 0.6
        ? [
            `Whether ${metric} can be trusted: its judge agrees with people no better than kappa ${found.kappa.toFixed(2)}, on ${found.labels} labels.`,
          ]
        : [],
    ),
  ];
}

function ofWhatServes({ evaluation, incumbentVersion }: UnknownInput): string[] {
  return [
    evaluation.against === INCUMBENT_ARM && incumbentVersion !== null
      ? `How it compares with anything newer than version ${incumbentVersion}, which served when this was evaluated. If another serves by now, the promotion is refused.`
      : 'How it compares with what people use today: nothing of this model served when it was evaluated, so it stands beside its own base.',
    'How it answers what nobody has asked here: read it beside questions of your own before many people do.',
  ];
}
