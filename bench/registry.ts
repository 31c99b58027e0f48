import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createFileStore } from '../artifacts/file/file-store.ts';
import { chainOf } from '../operations/audit/chain.ts';
import { findModels, modelHistory } from '../operations/models.ts';
import { historyOf } from '../operations/promotions/history.ts';
import { migrateRegistry } from '../registry/migrate.ts';
import type { RegistryTables } from '../registry/schema.ts';
import { createRegistry } from '../registry/store.ts';
import { openDatabase } from '../sql/database.ts';
import { tableOf } from './tables.ts';

const AT = Date.parse('2026-01-01T00:00:00Z');
const PART = 500;
const REPEATS = 5;

/** How long people wait for what they ask of a registry with a long history; DATABASE_URL takes the place of a SQLite file. */
export async function registry({ versions, moves }: { versions: number; moves: number }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'whetstone-bench-registry-'));
  const database = await openDatabase<RegistryTables>(process.env.DATABASE_URL ?? join(folder, 'registry.db'), {
    durable: true,
  });
  try {
    await migrateRegistry(database);
    await fill(database, { versions, moves });
    const kept = createRegistry(database);
    const store = createFileStore(join(folder, 'artifacts'));
    const [model] = await findModels(kept);
    const asked: [string, () => Promise<unknown>][] = [
      ['models', () => findModels(kept)],
      ['models MODEL', () => modelHistory(kept, model!, 21)],
      ['history MODEL', () => historyOf(kept, { model: model!.name })],
      ['history MODEL@ALIAS', () => historyOf(kept, { model: model!.name, alias: 'production' })],
      ['why MODEL@vN', () => chainOf({ registry: kept, store }, { model: model!.name, version: versions })],
      ['what an alias serves', () => kept.deployment(model!.name, 'production')],
    ];
    const rows: string[][] = [];
    for (const [name, ask] of asked) {
      const took: number[] = [];
      const computed: number[] = [];
      for (let i = 0; i < REPEATS; i++) {
        const [start, cpu] = [performance.now(), process.cpuUsage()];
        await ask();
        took.push(performance.now() - start);
        const { user, system } = process.cpuUsage(cpu);
        computed.push((user + system) / 1000);
      }
      rows.push([name, took[0]!.toFixed(1), medianOf(took).toFixed(1), medianOf(computed).toFixed(1)]);
    }
    return tableOf(['asked', 'first ms', `median of ${REPEATS} ms`, 'computed ms'], rows);
  } finally {
    await database.destroy();
    await rm(folder, { recursive: true, force: true });
  }
}

const medianOf = (times: readonly number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;

/** Every move is that of a promotion which one person approved. */
async function fill(
  database: Awaited<ReturnType<typeof openDatabase<RegistryTables>>>,
  { versions, moves }: { versions: number; moves: number },
): Promise<void> {
  const at = (i: number) => new Date(AT + i * 60_000).toISOString();
  const model = 'bench';
  await database.insertInto('models').values({ name: model, revision: 0 }).execute();
  const inParts = async <Row>(count: number, row: (i: number) => Row, insert: (rows: Row[]) => Promise<unknown>) => {
    for (let from = 0; from < count; from += PART)
      await insert(Array.from({ length: Math.min(PART, count - from) }, (_, i) => row(from + i)));
  };
  const sampling = JSON.stringify({ temperature: 0, maxTokens: 96 });
  const reasons = JSON.stringify(['correctness on test: +0.10 (95% interval 0.05 to 0.15) against incumbent']);
  await inParts(
    versions,
    (i) => ({
      model,
      version: i + 1,
      candidate: 'tuned',
      runId: `run-${i}`,
      base: 'tiny-llama',
      weightsUri: `file:///models/${i}`,
      weightsSha256: `${i}`,
      systemPrompt: 'Answer briefly.',
      sampling,
      datasetVersion: null,
      evidenceUri: null,
      evidenceSha256: null,
      gate: JSON.stringify({ decision: 'hold', suite: 'test', candidate: 'tuned', reasons: ['too near'] }),
      made: null,
      origin: null,
      createdAt: at(i),
    }),
    (rows) => database.insertInto('versions').values(rows).execute(),
  );
  const versionOf = (i: number) => (i % versions) + 1;
  await inParts(
    moves,
    (i) => ({
      id: `p${i}`,
      model,
      version: versionOf(i),
      alias: 'production',
      expectedVersion: i === 0 ? null : versionOf(i - 1),
      evidenceSha256: null,
      gateDecision: 'promote' as const,
      reasons,
      approvalsNeeded: 1,
      request: null,
      state: 'promoted' as const,
      createdAt: at(i),
    }),
    (rows) => database.insertInto('promotions').values(rows).execute(),
  );
  await inParts(
    moves,
    (i) => ({
      promotionId: `p${i}`,
      seq: 1,
      decision: 'approve' as const,
      by: 'ann',
      why: 'read them',
      updateId: 'u',
      at: at(i),
    }),
    (rows) => database.insertInto('decisions').values(rows).execute(),
  );
  await inParts(
    moves,
    (i) => ({
      model,
      alias: 'production',
      seq: i + 1,
      fromVersion: i === 0 ? null : versionOf(i - 1),
      toVersion: versionOf(i),
      kind: 'promote' as const,
      by: 'ann',
      why: 'read them',
      requestId: `p${i}`,
      at: at(i),
    }),
    (rows) => database.insertInto('aliasMoves').values(rows).execute(),
  );
}
