import { OpenAiModelSchema } from '../../configs/schema.ts';
import { createOpenAiModel } from '../../providers/chat/openai.ts';
import { mapConcurrent } from '../../common/concurrent.ts';
import { openLedger } from '../../providers/ledger/ledger.ts';

/** Asks a model server through the ledger, and prints the answers: argv is ledger URL, journals, server, run, calls, concurrency. */
const [url = '', journals, baseUrl, runId = '', calls, concurrency] = process.argv.slice(2);

const ledger = await openLedger(url, { journals });
const spec = OpenAiModelSchema.parse({ provider: 'openai', model: 'small', baseUrl });
const model = ledger.wrap(createOpenAiModel(spec, { env: {}, servers: {} }), { runId });
const answers = await mapConcurrent({
  items: Array.from({ length: Number(calls) }, (_, i) => `question ${i}`),
  concurrency: Number(concurrency),
  fn: async (content) => (await model.chat({ messages: [{ role: 'user', content }] })).text,
});
await ledger.close();
console.log(JSON.stringify(answers));
