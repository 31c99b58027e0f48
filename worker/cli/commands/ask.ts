import { Command } from 'commander';
import OpenAI from 'openai';
import { RequestError } from '../../../common/errors.ts';
import { readRunning } from '../../../operations/connection.ts';
import { jsonOption } from '../options.ts';
import { sourcesOf, sourcesText } from '../sources-text.ts';
import { paths, say } from './context.ts';

/** Longer than the gateway waits for the model server. */
const TIMEOUT_MS = 130_000;
/** Columns, where the output is no terminal. */
const WIDTH = 100;

/** `ask MODEL "…"`: one answer from what serves now, over the gateway, as any OpenAI client gets it. */
export function askCommand(): Command {
  return new Command('ask')
    .description('Ask the model that serves now (MODEL, MODEL@alias or MODEL@version)')
    .argument('<model>', "the model's name in the registry")
    .argument('<question>')
    .option(
      '--sources',
      'below the answer, what of the documents it rests on. WHETSTONE_KEY: a key, for passages of its groups',
    )
    .addOption(jsonOption())
    .action(async (model: string, question: string, { sources, json }: { sources?: boolean; json?: boolean }) => {
      const gateway = process.env.WHETSTONE_GATEWAY ?? readRunning(paths().running)?.gateway;
      if (!gateway) throw new RequestError('No gateway runs here. Start Whetstone with: npm start');
      const apiKey = process.env.WHETSTONE_KEY || 'none';
      const client = new OpenAI({ baseURL: `${gateway}/v1`, apiKey, maxRetries: 0, timeout: TIMEOUT_MS });
      const { data, response } = await client.chat.completions
        .create({ model, messages: [{ role: 'user', content: question }] })
        .withResponse()
        .catch((cause: unknown) => {
          if (cause instanceof OpenAI.APIConnectionError) {
            throw new RequestError(`The gateway at ${gateway} does not answer. Start Whetstone with: npm start`, {
              cause,
            });
          }
          throw new RequestError(cause instanceof Error ? cause.message : String(cause), { cause });
        });
      const answer = data.choices[0]?.message.content ?? '';
      const header = (name: string) => response.headers.get(`x-whetstone-${name}`) ?? '?';
      const found = sourcesOf(data);
      if (json) {
        const of = { answer, model: header('model'), version: Number(header('version')), id: header('answer-id') };
        return say(JSON.stringify({ ...of, ...found }, null, 2));
      }
      say(answer);
      if (sources) say(`\n${sourcesText(found, process.stdout.columns || WIDTH)}`);
      process.stderr.write(`(${header('model')} version ${header('version')}, answer ${header('answer-id')})\n`);
    });
}
