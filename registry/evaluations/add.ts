import { transaction } from '../../sql/transaction.ts';
import type { RegistryTables, VersionEvaluation } from '../schema.ts';
import { seal } from '../seals.ts';
import { lockModel, type Db } from '../versions.ts';
import { evaluationsOf, toEvaluation } from './read.ts';

/** Evaluations of versions that were registered before: append-only, of which the newest speaks for its version. */

export type NewEvaluation = Omit<VersionEvaluation, 'seq'>;

/** Writes an evaluation down, once for the run that made it. */
export function addEvaluation(db: Db, evaluation: NewEvaluation): Promise<VersionEvaluation> {
  const { model, version, runId, evidence, gate, made, at } = evaluation;
  return transaction(db, async (trx) => {
    await lockModel(trx, model);
    const earlier = await evaluationsOf(trx, model, version);
    const same = earlier.find((one) => one.runId === runId);
    if (same) return same;
    const row: RegistryTables['evaluations'] = {
      model,
      version,
      seq: (earlier.at(-1)?.seq ?? 0) + 1,
      runId,
      evidenceUri: evidence.uri,
      evidenceSha256: evidence.sha256,
      gate: JSON.stringify(gate),
      made: JSON.stringify(made),
      at,
    };
    await trx.insertInto('evaluations').values(row).execute();
    await seal(trx, { model, table: 'evaluations', row });
    return toEvaluation(row);
  });
}
