import type { StagePolicy } from '../../configs/schema.ts';

/** By alias: what configs/stages.yaml asks. */
export type Policies = Readonly<Record<string, StagePolicy>>;

/** The policies, or how they are read: a rule that was changed on disk counts for the next decision and the next move. */
export type PolicySource = Policies | (() => Promise<Policies>);

export const readPolicies = async (source: PolicySource): Promise<Policies> =>
  typeof source === 'function' ? source() : source;
