import type { KnownNames } from '../configs/check-names.ts';
import type { Stages } from '../configs/schema.ts';
import { phoneRegions } from '../documents/personal-data.ts';
import { contextMetricNames, metricNames, ruleNames } from '../judges/index.ts';
import { rubricNames } from '../judges/rubrics.ts';

/** The names that a config may use, as the code and configs/stages.yaml know them. */
export function knownNames(stages: Stages): KnownNames {
  return {
    judges: ruleNames(),
    rubrics: rubricNames(),
    metrics: [...metricNames(), ...contextMetricNames()],
    aliases: Object.keys(stages.aliases),
    phoneRegions: phoneRegions(),
  };
}
