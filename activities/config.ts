import type { KnownNames } from '../configs/check-names.ts';
import { loadRunConfig } from '../configs/load.ts';
import type { Stages } from '../configs/schema.ts';
import { METRICS, RULE_JUDGES } from '../judges/index.ts';
import { rubricNames } from '../judges/rubrics.ts';
import type { Dependencies } from './dependencies.ts';
import type { Activities } from './types.ts';

/** The names that a config may use, as the code and configs/stages.yaml know them. */
export function knownNames(stages: Stages): KnownNames {
  return {
    judges: Object.keys(RULE_JUDGES),
    rubrics: rubricNames(),
    metrics: Object.keys(METRICS),
    aliases: Object.keys(stages.aliases),
  };
}

export function configActivities({ projectRoot, stages }: Dependencies): Pick<Activities, 'resolveConfig'> {
  return {
    async resolveConfig({ config: source }) {
      const {
        config,
        hash,
        source: from,
      } = await loadRunConfig({ config: source, projectRoot, known: knownNames(await stages()) });
      return { config, configHash: hash, source: from };
    },
  };
}
