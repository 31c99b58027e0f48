import { readFile } from 'node:fs/promises';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { ArtifactError } from '../../common/errors.ts';
import type { Registry } from '../../registry/store.ts';
import { EvaluationSchema, type Evaluation } from '../../schema/evaluation.ts';
import type { MirrorSource } from './mirror.ts';

/** What is mirrored, out of registry and artifacts. */
export function mirrorSource(of: {
  registry: Pick<Registry, 'getVersion' | 'lastMove' | 'evaluations'>;
  /** Opened when it is needed. */
  artifacts: () => Promise<Pick<ArtifactStore, 'localFile'>>;
  gateway?: string | undefined;
}): MirrorSource {
  const { registry, artifacts, gateway } = of;
  return {
    getVersion: registry.getVersion,
    lastMove: registry.lastMove,
    evaluations: async (model, version) => (await registry.evaluations(model)).filter((one) => one.version === version),
    evaluation: async (evidence) => {
      const text = await readFile(await (await artifacts()).localFile(evidence), 'utf8');
      return readEvaluation(text, evidence.uri);
    },
    gateway,
  };
}

function readEvaluation(text: string, uri: string): Evaluation {
  try {
    return EvaluationSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ArtifactError(`${uri}: found what is no evaluation that this Whetstone can read`, { cause });
  }
}
