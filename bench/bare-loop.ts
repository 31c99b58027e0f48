import OpenAI from 'openai';
import pLimit from 'p-limit';
import { loadRubric } from '../judges/rubrics.ts';
import { chunkDocument } from '../documents/chunk.ts';
import { generationRequest } from '../generation/request.ts';
import { readDocuments } from '../documents/read.ts';
import type { ChatRequest } from '../contract/ports.ts';
import { FACTS_PER_CHUNK, PHRASINGS } from './corpus.ts';

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
const rubric = loadRubric('faithfulness');
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
    return JSON.parse(completion.choices[0]?.message.content ?? '') as unknown;
  });

const judgement = {
  name: 'judgement',
  schema: { type: 'object', properties: { reason: { type: 'string' }, label: { type: 'string' } } },
};
const judge = (question: string, answer: string, context: string) => {
  const content = rubric.prompt
    .replace('{{question}}', question)
    .replace('{{context}}', context)
    .replace('{{answer}}', answer);
  return ask({ messages: [{ role: 'user', content }], responseSchema: judgement });
};

const texts = await readDocuments({ sources: documents, projectRoot: documents, allowedRoots: [documents] });
const chunks = texts.flatMap((document) => chunkDocument(document, { maxTokens: 160 }));

async function work(some: typeof chunks): Promise<void> {
  await Promise.all(
    some.map(async (chunk) => {
      const reply = await ask(
        generationRequest(
          { chunks: [chunk], kind: 'any', facts: FACTS_PER_CHUNK, phrasings: PHRASINGS, sample: 0 },
          { guidelines: [] },
        ),
      );
      const { facts } = reply as { facts: { questions: string[]; answer: string }[] };
      const pairs = facts.flatMap(({ questions, answer }) => questions.map((question) => ({ question, answer })));
      await Promise.all(pairs.map(({ question, answer }) => judge(question, answer, chunk.text)));
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
