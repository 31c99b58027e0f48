import type { ArtifactStore } from '../../artifacts/store.ts';
import { servedAsOf, type ArtifactRef, type ModelVersion, type Promotion } from '../../registry/schema.ts';
import type { Registry } from '../../registry/store.ts';
import { servedKey, type Evaluation, type GateDecision } from '../../schema/evaluation.ts';
import { modelId } from '../../schema/model-ref.ts';
import { evaluationOf } from './evidence.ts';
import { demand, type Link } from './link.ts';
import type { Places } from './places.ts';

/** Links of a chain that say what a version was measured by. */

/** One evaluation of a version: the one that it was registered with, or a later one. */
export interface Evaluated {
  evidence: ArtifactRef;
  gate: GateDecision | undefined;
  /** What the version's answers go by in it. */
  arm: string;
  /** What tells it from the others. */
  when: string;
}

/** Oldest first: the last one speaks for the version. */
export async function evaluationsOf(registry: Registry, version: ModelVersion): Promise<Evaluated[]> {
  const { model, candidate, evaluated } = version;
  const { evidence, gate } = evaluated ? evaluated.first : version;
  const later = evaluated ? await registry.evaluations(model, version.version) : [];
  return [
    ...(evidence ? [{ evidence, gate, arm: gate?.candidate ?? candidate, when: '' }] : []),
    ...later.map((one) => ({
      evidence: one.evidence,
      gate: one.gate,
      arm: one.made.arm,
      when: `, evaluated again ${one.at} against ${one.made.against.model}@${one.made.against.alias}`,
    })),
  ];
}

export function gateLink(
  { gate, when }: Evaluated,
  { version }: ModelVersion,
  promotions: readonly Promotion[],
): Link[] {
  const said = promotions.find(({ gateDecision }) => gateDecision !== undefined);
  const decision = gate?.decision ?? said?.gateDecision;
  if (decision === undefined) return [];
  return [
    {
      what: 'gate',
      name: `on version ${version}${when}`,
      where: 'the registry',
      says: [decision, ...(gate?.reasons ?? said?.reasons ?? [])],
    },
  ];
}

export async function evaluationLinks(options: {
  of: Evaluated;
  version: ModelVersion;
  store: ArtifactStore;
  places: Places;
}): Promise<Link[]> {
  const { of, version, store, places } = options;
  const { evidence, arm, when } = of;
  const where = await places(evidence.uri);
  let evaluation: Evaluation | undefined;
  let unreadable: unknown;
  try {
    evaluation = await evaluationOf(store, of, places);
  } catch (error) {
    unreadable = error;
  }
  const link: Link = {
    what: 'evaluation',
    name: `of ${arm}${when}`,
    sha256: evidence.sha256,
    where,
    says: evaluation
      ? [
          `against ${evaluation.against}`,
          ...evaluation.suites.map(({ name, questions }) => `${name}: ${questions} questions`),
        ]
      : [],
    check: async () => {
      if (unreadable) throw unreadable;
      demand(evaluation?.models[arm] ?? 'no weights', modelId(version.ref), 'what was evaluated');
      const asked = evaluation?.serving?.[arm];
      if (!asked) return;
      demand(servedKey(asked), servedKey(servedAsOf(version)), 'how it was asked');
    },
  };
  const answers = (evaluation?.suites ?? []).map(async ({ name, results }): Promise<Link> => {
    const uri = await places(results.uri);
    return {
      what: 'answers',
      name: `to ${name}`,
      sha256: results.sha256,
      where: uri,
      says: [`${results.rows} answers with their judgements`],
      mayBeGone: true,
      check: async () => void (await store.localFile({ ...results, uri })),
    };
  });
  return [link, ...(await Promise.all(answers))];
}
