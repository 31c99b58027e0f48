import OpenAI from 'openai';
import pLimit from 'p-limit';
import type { ChatRequest } from '../contract/ports.ts';
import { chunksOf, judgeRequest, pairsOf, teacherRequest } from './requests.ts';

/**
 * What a good programmer writes in an afternoon: the same requests as Whetstone's, by the `openai` client, as many at once, and
 * nothing kept. The measure of what the path from workflow to Parquet file costs.
 */
export interface BareResult {
  seconds: number;
  cpuSeconds: number;
  calls: number;
  peakMegabytes: number;
}

const { url, documents, concurrency } = JSON.parse(process.argv[2] ?? '{}') as {
  url: string;
  documents: string;
  concurrency: number;
};
const client = new OpenAI({ baseURL: url, apiKey: 'none', maxRetries: 0 });
const limit = pLimit(concurrency);
let calls = 0;

const ask = ({ messages, responseSchema }: Pick<ChatRequest, 'messages' | 'responseSchema'>) =>
  limit(async () => {
    calls++;
    const completion = await client.chat.completions.create({
      model: 'bench',
      messages,
      temperature: 0,
      max_tokens: 256,
      response_format: { type: 'json_schema', json_schema: { name: '', ...responseSchema, strict: true } },
    });
    return completion.choices[0]?.message.content ?? '';
  });

const chunks = await chunksOf(documents);

async function work(some: typeof chunks): Promise<void> {
  await Promise.all(
    some.map(async (chunk) => {
      const pairs = pairsOf(await ask(teacherRequest(chunk)));
      await Promise.all(
        pairs.map(async (pair) => JSON.parse(await ask(judgeRequest({ ...pair, context: chunk.text })))),
      );
    }),
  );
}

await work(chunks); // Connections and compiled code, as a worker that is up has them.
calls = 0;
const cpu = process.cpuUsage();
const startedMs = performance.now();
await work(chunks);
const used = process.cpuUsage(cpu);
const result: BareResult = {
  seconds: (performance.now() - startedMs) / 1000,
  cpuSeconds: (used.user + used.system) / 1e6,
  calls,
  peakMegabytes: process.resourceUsage().maxRSS / 1024,
};
process.send?.(result);
