import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { mapConcurrent } from '../common/concurrent.ts';
import type { ChatModel, ChatRequest } from '../contract/ports.ts';
import { callJson, keyOf } from '../providers/ledger/key.ts';
import { openLedger } from '../providers/ledger/ledger.ts';
import { isPostgresUrl } from '../sql/postgres.ts';
import type { FakeCompletionRequest } from '../test/fakes/openai-server.ts';
import { answer } from './corpus.ts';
import { chunksOf, judgeRequest, pairsOf, teacherRequest } from './requests.ts';

/** Records the answers of a part of a run's calls, by the ledger or by bare inserts, in a process of its own. */
export interface LedgerTask {
  what: 'the ledger' | 'bare inserts';
  url: string;
  journals: string;
  documents: string;
  /** Calls under way at once. */
  callers: number;
  /** Of `parts` parts, this one. */
  part: number;
  parts: number;
}

export interface Recorded {
  answers: number;
  beganMs: number;
  endedMs: number;
  cpuSeconds: number;
}

const ROWS_AT_ONCE = 500;
const RUN = 'run';
const task = JSON.parse(process.argv[2] ?? '{}') as LedgerTask;

/** Made beforehand: the model costs nothing but the look at this list. */
const replies = new Map<ChatRequest, string>();
for (const chunk of (await chunksOf(task.documents)).filter((_, i) => i % task.parts === task.part)) {
  const asked = teacherRequest(chunk);
  const reply = replyTo(asked);
  replies.set(asked, reply);
  for (const pair of pairsOf(reply)) {
    const judged = judgeRequest({ ...pair, context: chunk.text });
    replies.set(judged, replyTo(judged));
  }
}

function replyTo({ messages, responseSchema }: ChatRequest): string {
  const response_format = responseSchema && {
    type: 'json_schema',
    json_schema: { name: responseSchema.name, schema: {} },
  };
  return answer({ model: 'bench', messages, ...(response_format && { response_format }) } as FakeCompletionRequest);
}

const instant: ChatModel = {
  provider: 'openai',
  model: 'bench',
  concurrency: 64,
  prices: { inputPerMillion: 1, outputPerMillion: 4 },
  settings: { baseUrl: 'http://127.0.0.1', temperature: 0, maxTokens: 256 },
  chat: (request) =>
    Promise.resolve({ text: replies.get(request) ?? '', finishReason: 'stop', inputTokens: 400, outputTokens: 60 }),
};

async function byTheLedger(): Promise<() => Promise<void>> {
  const ledger = await openLedger(task.url, { journals: task.journals });
  const model = ledger.wrap(instant, { runId: RUN, budget: { usd: 1_000_000 } });
  return async () => {
    await mapConcurrent({
      items: [...replies.keys()],
      concurrency: task.callers,
      fn: async (request) => void (await model.chat(request)),
    });
    await ledger.close();
  };
}

/** The same rows, made beforehand, in the same table, and nothing else. */
async function byInserts(): Promise<() => Promise<void>> {
  const created = new Date().toISOString();
  const rows = [...replies].map(([request, text]) => {
    const json = callJson(instant, request);
    return [keyOf(json), RUN, 'openai', 'bench', json, text, 'stop', 400, 60, 640_000, 1, created];
  });
  // The ledger's own tables.
  await (await openLedger(task.url, { journals: task.journals })).close();
  return isPostgresUrl(task.url) ? intoPostgres(rows) : intoSqlite(rows);
}

const COLUMNS = `key, run, provider, model, request, reply, finish_reason, input_tokens, output_tokens, cost_nano_usd, latency_ms, created`;

async function intoPostgres(rows: unknown[][]): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: task.url });
  await client.connect();
  return async () => {
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      const some = rows.slice(from, from + ROWS_AT_ONCE);
      const places = some.map((row, i) => `(${row.map((_, j) => `$${i * row.length + j + 1}`).join(', ')})`);
      await client.query(`insert into call (${COLUMNS}) values ${places.join(', ')}`, some.flat());
    }
    await client.end();
  };
}

async function intoSqlite(rows: unknown[][]): Promise<() => Promise<void>> {
  const database = new DatabaseSync(task.url);
  database.exec('pragma synchronous = normal');
  const insert = database.prepare(`insert into call (${COLUMNS}) values (${COLUMNS.replace(/\w+/g, '?')})`);
  return async () => {
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      database.exec('begin immediate');
      for (const row of rows.slice(from, from + ROWS_AT_ONCE)) insert.run(...(row as string[]));
      database.exec('commit');
    }
    database.close();
  };
}

const record = await (task.what === 'the ledger' ? byTheLedger() : byInserts());
// All processes of a run begin together.
process.send?.('ready');
await once(process, 'message');
const cpu = process.cpuUsage();
const beganMs = Date.now();
await record();
const used = process.cpuUsage(cpu);
const recorded: Recorded = {
  answers: replies.size,
  beganMs,
  endedMs: Date.now(),
  cpuSeconds: (used.user + used.system) / 1e6,
};
process.send?.(recorded);
