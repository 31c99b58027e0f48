import { ApplicationFailure } from '@temporalio/workflow';
import type { Arm, TrainedModel } from '../contract/model-stages.ts';
import type { Incumbent } from '../contract/promotion-stages.ts';
import { closedArmOf, EXTRACT_ARM, openArmOf } from '../contract/open-book/arms.ts';
import { candidateServing } from '../contract/open-book/of-run.ts';
import { modelId, servedKey } from '../contract/model-ref.ts';
import type { RunConfig } from '../configs/schema.ts';
import type { DataRef } from '../schema/data.ts';
import type { ServedAs } from '../schema/evaluation.ts';
import type { ModelRef } from '../schema/model-ref.ts';
import type { OpenBook } from '../schema/retrieval.ts';

/** Who answers the suites of a run, and who is compared with whom. */
export interface Arms {
  arms: Arm[];
  /** What the candidates are compared with: what serves, else each its own base. */
  against: 'incumbent' | 'base';
  /** Arm of each candidate's base, where there are several bases. */
  bases: Record<string, string> | undefined;
}

/** The extract: so many sentences, whatever a candidate of the config quotes. */
const EXTRACTED = { kind: 'quote', sentences: 3, rule: 1 } as const;

/**
 * Bases, what serves, candidates, and the two that cost nothing. Each model is asked as it would serve: what serves with its own
 * system prompt, sampling and documents, the others with the config's. Where what serves is the run's only base, it answers once.
 * Where candidates answer from the documents, bases do so too beside themselves, each tuned one answers without them as well, and
 * the documents are quoted.
 * @throws ApplicationFailure when a candidate's base is missing
 */
export function armsOf(options: {
  config: Pick<RunConfig, 'candidates' | 'serving'>;
  baseOf: ReadonlyMap<string, TrainedModel>;
  trained: ReadonlyMap<string, TrainedModel>;
  incumbent: Incumbent | null;
  /** How candidates answer from the documents, where they do. */
  openBook?: OpenBook | undefined;
  /** What the lookup looks up; without, there is none. */
  train: DataRef | undefined;
  /** False for runs from before there was an echo and a base for each candidate. */
  all: boolean;
}): Arms {
  const { config, baseOf, trained, incumbent, openBook, train, all } = options;
  const open = openBook && { ...config.serving, openBook };
  const names = [...new Set(config.candidates.map(({ base }) => base))].slice(0, all ? undefined : 1);
  const several = names.length > 1;
  const armOfBase = (base: string) => (several ? `base:${base}` : 'base');
  const asked = (name: string, model: ModelRef, servedAs: ServedAs = config.serving): Arm => ({
    name,
    kind: 'model',
    model,
    servedAs,
  });
  const found = names.map((name) => {
    const base = baseOf.get(name);
    if (!base) throw ApplicationFailure.nonRetryable(`no base ${name} was made`);
    return { name: armOfBase(name), base };
  });
  const [only] = found;
  const answersOnce = !several && only !== undefined && isServed(incumbent, only.base, config.serving);
  const serves = answersOnce ? null : incumbent;
  return {
    arms: [
      ...found.map(({ name, base }) => asked(name, base.model)),
      ...(open ? found.map(({ name, base }) => asked(openArmOf(name), base.model, open)) : []),
      ...(serves
        ? [
            {
              name: 'incumbent',
              kind: 'model',
              model: serves.model,
              servedAs: serves.servedAs ?? config.serving,
            } as const,
          ]
        : []),
      ...[...trained].flatMap(([name, { model }]) => [
        asked(name, model, candidateServing(config, name, openBook)),
        ...(open && answersClosed(config, { name, model }) ? [asked(closedArmOf(name), model)] : []),
      ]),
      ...(open ? [asked(EXTRACT_ARM, EXTRACTED, open)] : []),
      ...(all ? [{ name: 'echo', kind: 'echo' } as const] : []),
      ...(train ? [{ name: 'lookup', kind: 'lookup', train } as const] : []),
    ],
    against: serves ? 'incumbent' : 'base',
    bases: several ? Object.fromEntries(config.candidates.map(({ name, base }) => [name, armOfBase(base)])) : undefined,
  };
}

/** Not what quotes; nor a base, which does so under its own name. */
const answersClosed = (
  { candidates }: Pick<RunConfig, 'candidates'>,
  { name, model }: { name: string; model: ModelRef },
): boolean => model.kind !== 'quote' && candidates.find((one) => one.name === name)?.provider !== 'prompt';

/** Whether what serves is this base, asked as the config asks it. */
function isServed(incumbent: Incumbent | null, base: TrainedModel, serving: ServedAs): boolean {
  if (!incumbent || modelId(incumbent.model) !== modelId(base.model)) return false;
  return servedKey(incumbent.servedAs ?? serving) === servedKey(serving);
}
