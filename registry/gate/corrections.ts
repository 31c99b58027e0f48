import type { GateConfig } from '../../configs/schema.ts';
import type { KnownCorrections } from '../../schema/corrections.ts';
import { ECHO_ARM, INCUMBENT_ARM, LOOKUP_ARM, type Comparison, type Evaluation } from '../../schema/evaluation.ts';
import { describe, TOLERANCE, unsigned } from './figures.ts';

/**
 * The rule `corrections`: a candidate that answers right what the documents say otherwise, and is not worse on the rest, need not be better
 * by `minUplift` on everything. One price among two hundred facts moves no mean. It takes the place of that one check; each other one
 * stays as it is. And where what did not change is
 * surely worse, nothing is promoted, however much better the whole looks. Pure.
 */
export interface CorrectionsVerdict {
  promotes: boolean;
  /** In words, with the figures and what is lacking. `holds`: whoever promotes, it must not be so. */
  reasons: { reason: string; holds: boolean }[];
}

interface Part {
  figures: string;
  /** What is lacking. */
  faults: string[];
  /** What did not change is surely worse. New documents ask for what nothing that serves can know: the whole would still look better. */
  isWorse?: boolean;
}

/** Undefined where the documents say what they said, and where nothing served that they could be compared with. */
export function judgeCorrections(input: {
  evaluation: Evaluation;
  gate: GateConfig;
  candidate: string;
}): CorrectionsVerdict | undefined {
  const { evaluation, gate, candidate } = input;
  const { corrections } = evaluation;
  if (!corrections) return undefined;
  if (corrections.status === 'unknown')
    return {
      promotes: false,
      reasons: [
        { reason: `corrections since version ${corrections.since}: not known: ${corrections.why}`, holds: false },
      ],
    };
  if (corrections.changed + corrections.added === 0) return undefined;
  const parts = [
    facts(corrections, gate, candidate),
    ...rest(corrections, gate, candidate),
    beside(corrections, candidate),
  ];
  const off = gate.corrections.promote ? [] : ['gate.corrections.promote is false'];
  return {
    promotes: off.length === 0 && parts.every(({ faults }) => faults.length === 0),
    reasons: [
      ...parts.flatMap(({ figures, faults, isWorse = false }) =>
        figures === ''
          ? []
          : [{ reason: `${figures}${faults.length > 0 ? `: ${faults.join(', and ')}` : ''}`, holds: isWorse }],
      ),
      ...off.map((why) => ({ reason: `corrections: ${why}`, holds: false })),
      ...(corrections.stale ?? []).map(({ suite, question, was }) => ({
        reason: `warning: ${suite} asks "${question}" and expects ${was.join(' ')}, which the documents no longer say: correct the suite`,
        holds: false,
      })),
    ],
  };
}

/**
 * Whether the gate's own metric has not fallen by the margin, where the rest of the gate's suite was compared by another one, such as the facts
 * that people's questions expect: the check that the rule takes the place of is by the gate's metric.
 */
export function ownMetricHolds(input: {
  corrections: Evaluation['corrections'];
  /** By the gate's metric, on all of its suite. */
  comparison: Comparison;
  suite: string;
  margin: number;
}): boolean {
  const { corrections, comparison, suite, margin } = input;
  if (corrections?.status !== 'known') return true;
  const byOther = corrections.rest.some(
    (one) =>
      one.suite === suite &&
      one.comparison.candidate === comparison.candidate &&
      one.comparison.metric !== comparison.metric,
  );
  return !byOther || comparison.low > -margin;
}

/** What changed is right: a share of the facts, of which at least one was not. */
function facts(corrections: KnownCorrections, { corrections: asked }: GateConfig, candidate: string): Part {
  const { since, facts: all, questions, right, still, corrected, unasked, suite } = corrections;
  const head = `corrections since version ${since}`;
  const silent = unasked > 0 ? `; ${plural(unasked, 'statement')} that nothing asks for` : '';
  if (all === 0)
    return {
      figures: `${head}: ${plural(unasked, 'changed statement')}`,
      faults: [`no question of ${suite} asks for any`],
    };
  const own = right[candidate] ?? 0;
  const old = (arm: string) => ((still[arm] ?? 0) > 0 ? ` (${still[arm]} as before the change)` : '');
  const others = [INCUMBENT_ARM, LOOKUP_ARM, ECHO_ARM].flatMap((arm) =>
    right[arm] === undefined ? [] : `${arm === INCUMBENT_ARM ? `version ${since}` : arm} ${right[arm]}${old(arm)}`,
  );
  const share = Number((100 * asked.minRight).toFixed(2));
  return {
    figures: `${head}: of ${plural(all, 'changed or new fact')} (${plural(questions, 'question')}) ${own} right${old(candidate)}; ${others.join(', ')}; asked at least ${share}%${silent}`,
    faults: [
      ...(own < asked.minRight * all - TOLERANCE ? ['fewer are right than asked'] : []),
      ...((corrected[candidate] ?? 0) > 0
        ? []
        : ['none is right that was not, or that its question does not give away']),
    ],
  };
}

/**
 * Everything else is not worse by more than the margin: on the gate's suite, and where that is another one on the suite of the
 * facts, by the interval's lower bound (non-inferiority: Piaggio and others, CONSORT extension, JAMA 308 (2012) 2594-2604), or not one fact
 * got worse; on other suites, which are small, by the mean.
 */
function rest({ rest: all, suite: of }: KnownCorrections, gate: GateConfig, candidate: string): Part[] {
  const { margin } = gate.corrections;
  const own = all.filter(({ comparison }) => comparison.candidate === candidate);
  if (!own.some(({ suite }) => suite === gate.suite))
    return [
      { figures: `corrections, the rest of ${gate.suite}`, faults: ['no question there asks for anything else'] },
    ];
  return own.map(({ suite, comparison }) => {
    const byInterval = suite === gate.suite || suite === of;
    const asked = `may fall by less than ${unsigned(margin)}`;
    const { worse, clusters, high } = comparison;
    const fell = worse === undefined ? '' : `; worse on ${worse === 0 ? 'none' : worse} of ${clusters}`;
    return {
      figures: `corrections, the rest: ${describe(comparison, suite)}; ${asked}${byInterval ? '' : ' in the answers seen'}${fell}`,
      faults: byInterval ? inferior(comparison, margin) : fallen(comparison, margin),
      isWorse: byInterval && high < -TOLERANCE,
    };
  });
}

function inferior({ low, high, worse }: Comparison, margin: number): string[] {
  if (high < -TOLERANCE) return ['what did not change is surely worse'];
  return low > -margin || worse === 0 ? [] : ['the interval does not rule out a larger fall'];
}

const fallen = ({ difference }: Comparison, margin: number): string[] =>
  difference > -margin - TOLERANCE ? [] : ['it fell by more'];

/** What is new stays where it belongs: a model that says the new price to everything has learnt a word. */
function beside(
  { beside: { facts: all, right, spilled }, facts: asked, shown }: KnownCorrections,
  candidate: string,
): Part {
  const isOtherwise = shown.some(({ was }) => was.length > 0);
  if (asked === 0 || (all === 0 && !isOtherwise)) return { figures: '', faults: [] };
  if (all === 0)
    return { figures: 'corrections, beside them', faults: ['there is no other fact to hold the new values against'] };
  const [own, before] = [spilled[candidate] ?? 0, spilled[INCUMBENT_ARM] ?? 0];
  return {
    figures: `corrections, beside them: of ${plural(all, 'fact')} with other values ${right[candidate] ?? 0} right, before ${right[INCUMBENT_ARM] ?? 0}; ${own} answered with a new value`,
    faults: own > before ? ['the new value is said where it does not belong'] : [],
  };
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
