import { Command } from 'commander';
import OpenAI from 'openai';
import { RequestError } from '../../../common/errors.ts';
import { readRunning } from '../../../operations/connection.ts';
import { paths, say } from './context.ts';

/** Longer than the gateway waits for the model server. */
const TIMEOUT_MS = 130_000;

/** `ask MODEL "…"`: one answer from what serves now, over the gateway, as any OpenAI client gets it. */
export function askCommand(): Command {
  return new Command('ask')
    .description('Ask the model that serves now (MODEL, MODEL@alias or MODEL@version)')
    .argument('<model>', "the model's name in the registry")
    .argument('<question>')
    .action(async (model: string, question: string) => {
      const gateway = process.env.WHETSTONE_GATEWAY ?? readRunning(paths().running)?.gateway;
      if (!gateway) throw new RequestError('No gateway runs here. Start Whetstone with: npm start');
      const client = new OpenAI({ baseURL: `${gateway}/v1`, apiKey: 'none', maxRetries: 0, timeout: TIMEOUT_MS });
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
      say(data.choices[0]?.message.content ?? '');
      const header = (name: string) => response.headers.get(`x-whetstone-${name}`) ?? '?';
      process.stderr.write(`(${header('model')} version ${header('version')}, answer ${header('answer-id')})\n`);
    });
}
