import { Command, InvalidArgumentError } from 'commander';
import type { RegisterResult } from '../../../../contract/version-messages.ts';
import { registrationOf, startRegistration } from '../../../../operations/versions/register.ts';
import { followOnTerminal } from '../../follow.ts';
import { byOption, jsonOption, whyOption } from '../../options.ts';
import { goesOnAfterInterrupt, say, withRegistry, withTemporal } from '../context.ts';

interface Options {
  folder?: string;
  hub?: string;
  hosted?: string;
  like?: string;
  quote?: number;
  prompt?: string;
  systemPrompt?: string;
  temperature?: number;
  maxTokens?: number;
  by: string;
  why: string;
  json?: boolean;
}

/** `register NAME`: a model that was made elsewhere becomes a version. */
export function registerCommand(): Command {
  return new Command('register')
    .description(
      'Make a version of a model that was made elsewhere, or of another version that is to answer otherwise; it serves nothing until it is evaluated and promoted',
    )
    .argument('<model>', 'its name in the registry: a new one, or one that has versions')
    .option('--folder <path>', 'a folder of weights with config and tokenizer, or a .gguf file')
    .option('--hub <id>', 'a model of the Hugging Face hub: owner/name, or owner/name@revision')
    .option('--hosted <id>', 'a model that a provider of configs/hosted.yaml hosts: provider/model')
    .option(
      '--like <version>',
      'another version, such as womens-health@v2: its model, documents and the rest, but for:',
    )
    .option('--quote <sentences>', "quotes so many sentences of that version's documents, and asks no model", number)
    .option('--prompt <file>', 'a program that dspy saved as JSON, or a .md or .txt file of instructions')
    .option('--system-prompt <text>', 'goes before every conversation that has none')
    .option('--temperature <number>', 'where a request names none; by default 0', number)
    .option('--max-tokens <count>', 'longest answer where a request names none; by default 96', number)
    .addOption(byOption())
    .addOption(whyOption('trained by the research team'))
    .addOption(jsonOption())
    .action(async (model: string, { json, ...options }: Options) => {
      const input = registrationOf({ model, ...options });
      await withTemporal(async (client) => {
        const started = await startRegistration(client, input);
        if (json) {
          const handle = client.workflow.getHandle(started.workflowId, started.runId);
          return say(JSON.stringify(await handle.result(), null, 2));
        }
        goesOnAfterInterrupt({ what: `The registration of ${model}`, id: started.workflowId });
        say(`Registration ${started.workflowId}`);
        const result = await followOnTerminal<RegisterResult>({ client, ...started });
        const versions = await withRegistry((registry) => registry.listVersions(model));
        say(resultText(result, { wasEvaluated: versions.some(({ evidence }) => evidence !== undefined) }));
      });
    });
}

/** @param about.wasEvaluated whether a version of the model was: what only was registered says of no suites and no gate */
function resultText(
  { model, version, isNew, uri, sha256, notes }: RegisterResult,
  { wasEvaluated }: { wasEvaluated: boolean },
): string {
  const name = `${model}@v${version}`;
  return [
    isNew ? `Registered as ${name}` : `The same model, asked in the same way, is ${name} already; nothing was changed`,
    `  ${uri}${uri.includes(sha256) ? '' : `, sha256 ${sha256}`}`,
    ...notes.map((note) => `  ${note}`),
    `${isNew ? 'It serves nothing yet. ' : ''}Evaluate it: npx whetstone evaluate ${name}${wasEvaluated ? '' : ' --config CONFIG --suite FILE'}`,
  ].join('\n');
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number.');
}
