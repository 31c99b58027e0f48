import type { Kysely, Selectable } from 'kysely';
import { GateDecisionSchema, MeasuredSchema } from '../schema/evaluation.ts';
import { modelId, modelRef, modelUri } from '../schema/model-ref.ts';
import { OpenBookSchema } from '../schema/retrieval.ts';
import { transaction } from '../sql/transaction.ts';
import { evaluationsOf } from './evaluations/read.ts';
import { seal } from './seals.ts';
import {
  contentKey,
  MadeSchema,
  NotInRegistryError,
  OriginSchema,
  SamplingSchema,
  type ModelSummary,
  type ModelVersion,
  type RegistryTables,
  type VersionEvaluation,
} from './schema.ts';

/** A database or a transaction on it. */
export type Db = Kysely<RegistryTables>;

type VersionRow = Selectable<RegistryTables['versions']>;

/** A version before it has a number. */
export type NewVersion = Omit<ModelVersion, 'version' | 'createdAt' | 'blocked' | 'evaluated'> & { at: string };

/**
 * Takes the model's turn for the rest of the transaction: writers of one model follow one another, so what is read after
 * this stays true until the commit. It must be the transaction's first statement.
 */
export async function lockModel(trx: Db, model: string): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable('models')
    .set((eb) => ({ revision: eb('revision', '+', 1) }))
    .where('name', '=', model)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw await unknownModel(trx, model);
}

/** Registers a version, once for each (run, candidate, weights): a retry returns the version of the first time. */
export async function registerVersion(db: Db, { at, ...input }: NewVersion): Promise<ModelVersion> {
  return transaction(db, async (trx) => {
    await trx
      .insertInto('models')
      .values({ name: input.model, revision: 0 })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
    await lockModel(trx, input.model);
    const existing = await trx
      .selectFrom('versions')
      .select('version')
      .where('model', '=', input.model)
      .where('runId', '=', input.runId)
      .where('candidate', '=', input.candidate)
      .where('weightsSha256', '=', modelId(input.ref))
      .executeTakeFirst();
    if (existing) return getVersion(trx, input.model, existing.version);
    const last = await trx
      .selectFrom('versions')
      .select((eb) => eb.fn.max('version').as('version'))
      .where('model', '=', input.model)
      .executeTakeFirst();
    const version = (last?.version ?? 0) + 1;
    const { ref, sampling, openBook, datasetVersion, evidence, gate, made, origin, measured, ...plain } = input;
    const row = {
      ...plain,
      version,
      weightsUri: modelUri(ref),
      weightsSha256: modelId(ref),
      sampling: JSON.stringify(SamplingSchema.parse(sampling)),
      openBook: openBook ? JSON.stringify(OpenBookSchema.parse(openBook)) : null,
      datasetVersion: datasetVersion ?? null,
      evidenceUri: evidence?.uri ?? null,
      evidenceSha256: evidence?.sha256 ?? null,
      gate: gate ? JSON.stringify(gate) : null,
      made: made ? JSON.stringify(made) : null,
      origin: origin ? JSON.stringify(origin) : null,
      measured: measured ? JSON.stringify(measured) : null,
      createdAt: at,
    };
    await trx.insertInto('versions').values(row).execute();
    await seal(trx, { model: input.model, table: 'versions', row });
    return getVersion(trx, input.model, version);
  });
}

/** @throws NotInRegistryError naming the known versions */
export async function getVersion(db: Db, model: string, version: number): Promise<ModelVersion> {
  const row = await db
    .selectFrom('versions')
    .selectAll()
    .where('model', '=', model)
    .where('version', '=', version)
    .executeTakeFirst();
  if (row) return (await withBlocks(db, model, [row]))[0]!;
  const known = (await listVersions(db, model)).map((other) => other.version).join(', ');
  throw new NotInRegistryError(`model ${model} has no version ${version}; known: ${known}`);
}

/** All versions, oldest first. @throws NotInRegistryError when the model is unknown */
export async function listVersions(db: Db, model: string): Promise<ModelVersion[]> {
  const rows = await db.selectFrom('versions').selectAll().where('model', '=', model).orderBy('version').execute();
  if (rows.length === 0) throw await unknownModel(db, model);
  return withBlocks(db, model, rows);
}

/** The versions of a model that have these weights: those that could be one version's twins. */
export async function versionsOf(db: Db, model: string, weights: string): Promise<ModelVersion[]> {
  const rows = await db
    .selectFrom('versions')
    .selectAll()
    .where('model', '=', model)
    .where('weightsSha256', '=', weights)
    .orderBy('version')
    .execute();
  return withBlocks(db, model, rows);
}

/** Rows as the registry gives them back, each with the block that stands and the evaluation that speaks for it. */
async function withBlocks(db: Db, model: string, rows: readonly VersionRow[]): Promise<ModelVersion[]> {
  const [only, ...others] = rows;
  const blocks = await db
    .selectFrom('versionBlocks')
    .selectAll()
    .where('model', '=', model)
    .$if(only !== undefined && others.length === 0, (query) => query.where('version', '=', only!.version))
    .orderBy('seq')
    .execute();
  const lastOf = new Map(blocks.map((block) => [block.version, block]));
  const evaluations = await evaluationsOf(db, model, only && others.length === 0 ? only.version : undefined);
  const newest = new Map(evaluations.map((evaluation) => [evaluation.version, evaluation]));
  return rows.map((row) => {
    const last = lastOf.get(row.version);
    const version = evaluatedAs(toVersion(row), newest.get(row.version));
    return last?.action === 'block' ? { ...version, blocked: { by: last.by, why: last.why, at: last.at } } : version;
  });
}

/**
 * The withdrawn version, if any, that is the same as this one: itself, or one of equal weights, system prompt,
 * sampling and index. Training is deterministic, so the next run makes a withdrawn version again under a new number.
 */
export function withdrawnTwin(versions: readonly ModelVersion[], version: ModelVersion): ModelVersion | undefined {
  const twins = versions.filter((other) => other.blocked && contentKey(other) === contentKey(version));
  return twins.find((other) => other.version === version.version) ?? twins[0];
}

/** All models, by name, with what their aliases point at. */
export async function listModels(db: Db): Promise<ModelSummary[]> {
  const counts = await db
    .selectFrom('versions')
    .select((eb) => ['model', eb.fn.countAll<number>().as('versions')])
    .groupBy('model')
    .orderBy('model')
    .execute();
  const moves = await db
    .selectFrom('aliasMoves')
    .innerJoin(
      (last) =>
        last
          .selectFrom('aliasMoves')
          .select((eb) => ['model', 'alias', eb.fn.max('seq').as('seq')])
          .groupBy(['model', 'alias'])
          .as('last'),
      (join) =>
        join
          .onRef('last.model', '=', 'aliasMoves.model')
          .onRef('last.alias', '=', 'aliasMoves.alias')
          .onRef('last.seq', '=', 'aliasMoves.seq'),
    )
    .select(['aliasMoves.model', 'aliasMoves.alias', 'aliasMoves.toVersion'])
    .orderBy('aliasMoves.model')
    .orderBy('aliasMoves.alias')
    .execute();
  return counts.map(({ model, versions }) => ({
    name: model,
    versions: Number(versions),
    aliases: Object.fromEntries(
      moves.flatMap((move) => (move.model === model && move.toVersion !== null ? [[move.alias, move.toVersion]] : [])),
    ),
  }));
}

/** Withdraws a version, or lets it back, as a new row. */
export async function appendBlock(
  trx: Db,
  block: { model: string; version: number; action: 'block' | 'clear'; by: string; why: string; at: string },
): Promise<void> {
  const last = await trx
    .selectFrom('versionBlocks')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .where('model', '=', block.model)
    .where('version', '=', block.version)
    .executeTakeFirst();
  const row = { ...block, seq: (last?.seq ?? 0) + 1 };
  await trx.insertInto('versionBlocks').values(row).execute();
  await seal(trx, { model: block.model, table: 'versionBlocks', row });
}

/** Every withdrawal of a model's versions, and every clearance, oldest first. */
export function listBlocks(db: Db, model: string): Promise<RegistryTables['versionBlocks'][]> {
  return db.selectFrom('versionBlocks').selectAll().where('model', '=', model).orderBy('at').orderBy('seq').execute();
}

/** Lets a withdrawn version be promoted again. Clearing one that is not blocked changes nothing. */
export async function clearBlock(
  db: Db,
  input: { model: string; version: number; by: string; why: string; at: string },
): Promise<{ wasBlocked: boolean }> {
  return transaction(db, async (trx) => {
    await lockModel(trx, input.model);
    const { blocked } = await getVersion(trx, input.model, input.version);
    if (blocked) await appendBlock(trx, { ...input, action: 'clear' });
    return { wasBlocked: blocked !== undefined };
  });
}

function evaluatedAs(version: ModelVersion, newest: VersionEvaluation | undefined): ModelVersion {
  if (!newest) return version;
  const { evidence, gate, made, seq, runId, at } = newest;
  const first = { evidence: version.evidence, gate: version.gate };
  return { ...version, evidence, gate, measured: made.measured, evaluated: { ...made, seq, runId, at, first } };
}

/** A row as the registry gives it back, without its block. */
function toVersion(row: VersionRow): ModelVersion {
  const { weightsUri, weightsSha256, sampling, openBook, datasetVersion, evidenceUri, evidenceSha256, ...rest } = row;
  const { gate, made, origin, measured, ...plain } = rest;
  return {
    ...plain,
    ref: modelRef({ uri: weightsUri, id: weightsSha256 }),
    sampling: SamplingSchema.parse(JSON.parse(sampling)),
    ...(openBook !== null && { openBook: OpenBookSchema.parse(JSON.parse(openBook)) }),
    ...(datasetVersion !== null && { datasetVersion }),
    ...(evidenceUri !== null && evidenceSha256 !== null && { evidence: { uri: evidenceUri, sha256: evidenceSha256 } }),
    ...(gate !== null && { gate: GateDecisionSchema.parse(JSON.parse(gate)) }),
    ...(made !== null && { made: MadeSchema.parse(JSON.parse(made)) }),
    ...(origin !== null && { origin: OriginSchema.parse(JSON.parse(origin)) }),
    ...(measured !== null && { measured: MeasuredSchema.parse(JSON.parse(measured)) }),
  };
}

export async function unknownModel(db: Db, model: string): Promise<NotInRegistryError> {
  const rows = await db.selectFrom('models').select('name').orderBy('name').execute();
  const known = rows.map(({ name }) => name).join(', ') || 'none yet';
  return new NotInRegistryError(`unknown model ${JSON.stringify(model)}; known: ${known}`);
}
