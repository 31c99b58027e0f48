import type { RunConfig } from '../configs/schema.ts';
import type { LedgerCounts } from '../contract/ports.ts';
import type { AskedChange } from '../schema/changes.ts';
import { meaningOf } from '../evaluation/report/figures.ts';
import {
  baseArmOf,
  closedArmOf,
  ECHO_ARM,
  EXTRACT_ARM,
  INCUMBENT_ARM,
  isPeoples,
  LOOKUP_ARM,
  openArmOf,
  referenceArmOf,
  type Evaluation,
  type GateDecision,
  type SuiteResult,
} from '../schema/evaluation.ts';
import { collectChanges, metricOf, type Asked } from './changes.ts';
import { collectCorrections } from './corrections.ts';
import { costLines, createTimes } from './cost.ts';
import type { EvidencePage, PromotionPart, SuiteFigures } from './page.ts';
import { collectSafety } from './safety.ts';
import type { Sampler } from './sample/draw.ts';
import { figureLines, sentenceOf } from './sentence.ts';
import { openBookSentence } from './open-book.ts';
import { fallenSlices } from './slices.ts';
import { whatIsUnknown, type Agreement } from './unknown.ts';
import type { TrainingData } from './training-data.ts';
import { visible } from './visible.ts';

export interface Evidence {
  config: Pick<RunConfig, 'name' | 'gate'>;
  evaluation: Evaluation;
  evidenceSha256: string;
  gate: GateDecision;
  /** A suite's questions with their answers, one at a time. */
  answersOf: (suite: SuiteResult) => AsyncIterable<Asked>;
  /** What an answer to a question must not say. */
  phrases: (suite: string, questionId: string) => readonly string[];
  /** What the documents changed of what a question asks for. */
  changeOf?: (suite: string, questionId: string) => AskedChange | undefined;
  incumbentVersion: number | null;
  agreements: readonly Agreement[];
  /** What the run's calls came to so far, where that is at hand. */
  calls?: LedgerCounts | undefined;
  data?: TrainingData | undefined;
  trainSeconds?: number | undefined;
  promotion?: PromotionPart | undefined;
  /** Sees every question, too. */
  sampler?: Sampler | undefined;
}

/** Everything that a page says, read out of an evaluation and its answers, of which only what is shown is held. */
export async function collectEvidence(evidence: Evidence): Promise<EvidencePage> {
  const { config, evaluation, gate, incumbentVersion, promotion } = evidence;
  const { candidate } = gate;
  const against = referenceArmOf(evaluation, candidate);
  const changes = collectChanges({ candidate, against, metric: config.gate.metric });
  const safety = collectSafety({ candidate, against, phrases: evidence.phrases });
  const corrections = collectCorrections({
    corrections: evaluation.corrections,
    candidate,
    against,
    changeOf: evidence.changeOf ?? (() => undefined),
  });
  const times = createTimes();
  const failed: { suite: string; arm: string; count: number }[] = [];
  const peopleFirst = evaluation.suites.toSorted((a, b) => Number(isPeoples(b)) - Number(isPeoples(a)));
  for (const suite of peopleFirst) {
    for (const arm of [candidate, against]) failed.push({ suite: suite.name, arm, count: 0 });
    for await (const asked of evidence.answersOf(suite)) {
      changes.add(suite, asked);
      safety.add(suite, asked);
      corrections.add(suite.name, asked);
      evidence.sampler?.add(suite, asked);
      for (const [arm, answer] of asked) times.add(arm, answer);
      for (const one of failed)
        if (one.suite === suite.name && asked.get(one.arm)?.failure !== undefined) one.count += 1;
    }
  }
  const corrected = corrections.result();
  const openBook = openBookSentence(evaluation, { candidate, against });
  const suites = peopleFirst.map((suite) => figuresOf(evidence, suite, against));
  const page: Omit<EvidencePage, 'sentence' | 'figures'> = {
    model: config.name,
    candidate,
    against: {
      arm: against,
      version: against === INCUMBENT_ARM ? incumbentVersion : null,
      words:
        against === INCUMBENT_ARM
          ? `what serves now${incumbentVersion === null ? '' : ` (version ${incumbentVersion})`}`
          : 'the untuned base',
    },
    ...(openBook !== undefined && { openBook }),
    gate: { decision: gate.decision, reasons: gate.reasons.map(visible) },
    suites,
    slices: fallenSlices({ suites: peopleFirst, candidate, against }),
    ...(corrected && { corrections: corrected }),
    changes: changes.result(),
    safety: safety.result(),
    cost: costLines({ calls: evidence.calls, trainSeconds: evidence.trainSeconds, times, candidate, against }),
    unknown: whatIsUnknown({
      evaluation,
      candidate,
      against,
      gate: config.gate,
      agreements: evidence.agreements,
      failed,
      timed: times.known(candidate),
      incumbentVersion,
    }).map(visible),
    ...(evidence.data && { data: evidence.data }),
    ...(promotion && { promotion }),
    evidenceSha256: evidence.evidenceSha256,
    answerFiles: peopleFirst.map(({ name, results }) => ({ suite: name, uri: results.uri })),
  };
  return { ...page, sentence: sentenceOf(page), figures: figureLines(page) };
}

function figuresOf({ config, evaluation, gate }: Evidence, suite: SuiteResult, against: string): SuiteFigures {
  const { candidate } = gate;
  const compared = suite.comparisons.filter((one) => one.candidate === candidate && one.against === against);
  const decisive = metricOf(suite, config.gate.metric);
  return {
    name: suite.name,
    peoples: isPeoples(suite),
    questions: suite.questions,
    meaning: visible(meaningOf(evaluation, suite, candidate).split('; ')[0] ?? ''),
    rows: compared.map((comparison) => ({
      ...documentArms(comparison, { candidate, base: baseArmOf(evaluation, candidate) }),
      metric: comparison.metric,
      decisive: suite.name === gate.suite && comparison.metric === decisive,
      comparison,
      tuned: comparison.means[candidate],
      other: comparison.means[against],
      echo: comparison.means[ECHO_ARM],
      lookup: comparison.means[LOOKUP_ARM],
    })),
  };
}

/** The arms of a run that answers from the documents, in words. */
function documentArms(
  { means }: SuiteResult['comparisons'][number],
  { candidate, base }: { candidate: string; base: string },
): Pick<SuiteFigures['rows'][number], 'documents'> {
  const names = {
    extract: EXTRACT_ARM,
    'base, with documents': openArmOf(base),
    [`${candidate}, without`]: closedArmOf(candidate),
  };
  const documents = Object.entries(names).flatMap(([name, arm]) => {
    const mean = means[arm];
    return mean === undefined ? [] : [{ name, mean }];
  });
  return documents.length === 0 ? {} : { documents };
}
