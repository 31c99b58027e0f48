import type { Kysely } from 'kysely';
import { GateDecisionSchema } from '../../schema/evaluation.ts';
import { EvaluatedAgainstSchema, type RegistryTables, type VersionEvaluation } from '../schema.ts';

/** Evaluations of a version, or of all versions of a model, oldest first within each; not those that versions were registered with. */
export async function evaluationsOf(
  db: Kysely<RegistryTables>,
  model: string,
  version?: number,
): Promise<VersionEvaluation[]> {
  const rows = await db
    .selectFrom('evaluations')
    .selectAll()
    .where('model', '=', model)
    .$if(version !== undefined, (query) => query.where('version', '=', version!))
    .orderBy('version')
    .orderBy('seq')
    .execute();
  return rows.map(toEvaluation);
}

/** A row as the registry gives it back. */
export function toEvaluation({ evidenceUri, evidenceSha256, gate, made, ...row }: RegistryTables['evaluations']) {
  return {
    ...row,
    evidence: { uri: evidenceUri, sha256: evidenceSha256 },
    gate: GateDecisionSchema.parse(JSON.parse(gate)),
    made: EvaluatedAgainstSchema.parse(JSON.parse(made)),
  };
}
