import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../test/support/postgres.ts';
import { writeCorpus } from './corpus.ts';
import type { LedgerTask, Recorded } from './ledger-process.ts';
import { missingPostgres } from './missing.ts';
import { runTogether } from './processes.ts';
import { percent, tableOf } from './tables.ts';
import { CALLS_PER_CHUNK } from './system.ts';

/** Answers recorded a second, by a model that answers at once: SQLite and Postgres, each beside bare inserts of the same rows. */

const HEAD = ['database', 'processes', 'what', 'answers', 'seconds', 'answers/s', 'of the bound', 'CPU s'];
/** Calls under way at once in a process: eight batches of work have some hundreds. */
const CALLERS = 512;

export async function ledger(options: { chunks: number }): Promise<string> {
  const { chunks } = options;
  const folder = mkdtempSync(join(tmpdir(), 'whetstone-ledger-'));
  const documents = join(folder, 'documents');
  writeCorpus(documents, chunks);
  const missing = missingPostgres();
  const postgres = missing === undefined ? await startPostgres({ durable: true }) : undefined;
  const databases = [
    { name: 'SQLite', create: async () => join(folder, `${Math.random()}.db`) },
    ...(postgres ? [{ name: 'Postgres', create: () => postgres.create() }] : []),
  ];
  const rows: (string | number)[][] = [];
  const run = async (task: Pick<LedgerTask, 'url' | 'what'>, processes: number) => {
    const journals = join(folder, `journals-${rows.length}`);
    const share = (part: number) => ({ part, parts: processes, documents, journals, callers: CALLERS, ...task });
    const parts = Array.from({ length: processes }, (_, i) => share(i));
    const done = await runTogether<Recorded>('./ledger-process.ts', parts);
    const seconds = Math.max(...done.map(({ endedMs }) => endedMs)) - Math.min(...done.map(({ beganMs }) => beganMs));
    return {
      answers: done.reduce((sum, { answers }) => sum + answers, 0),
      seconds: seconds / 1000,
      cpuSeconds: done.reduce((sum, one) => sum + one.cpuSeconds, 0),
    };
  };
  try {
    for (const { name, create } of databases) {
      const bare = await run({ url: await create(), what: 'bare inserts' }, 1);
      const bound = bare.answers / bare.seconds;
      const tell = (what: string, processes: number, { answers, seconds, cpuSeconds }: typeof bare) =>
        rows.push([
          name,
          processes,
          what,
          answers,
          seconds.toFixed(2),
          (answers / seconds).toFixed(0),
          percent(answers / seconds / bound),
          cpuSeconds.toFixed(1),
        ]);
      tell('bare inserts', 1, bare);
      for (const processes of [1, 4])
        tell('the ledger', processes, await run({ url: await create(), what: 'the ledger' }, processes));
    }
  } finally {
    await postgres?.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const about = `${chunks * CALLS_PER_CHUNK} answers with a budget, ${CALLERS} calls under way in each process`;
  return [about, tableOf(HEAD, rows), ...(missing === undefined ? [] : [missing])].join('\n');
}
