import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Template } from '@huggingface/jinja';
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';

/** No tokenizer in use makes longer tokens of ordinary text than this, on average. */
const CHARACTERS_PER_TOKEN = 16;

/** What a model's folder says of the prompts that it takes. */
export interface PromptReader {
  /** Tokens that the model takes in, prompt and answer together. */
  contextTokens: number;
  /** The chat template's own text, where the folder has one. */
  template: string | undefined;
  /** Tokens of a prompt; `above` where they are surely more than the context, without counting them. */
  count(messages: readonly object[]): number | 'above';
}

const known = new Map<string, Promise<PromptReader | undefined>>();

/** Reads a model's folder once. Undefined where it says nothing: a hub id, or another server's name. */
export function promptReader(folder: string): Promise<PromptReader | undefined> {
  let reader = known.get(folder);
  if (!reader) {
    reader = readFolder(folder).catch(() => undefined);
    known.set(folder, reader);
  }
  return reader;
}

const ContentSchema = z.object({ content: z.unknown().optional() });

function charactersOf(messages: readonly object[]): number {
  return messages.reduce((sum, message) => {
    const { content = '' } = ContentSchema.parse(message);
    return sum + (typeof content === 'string' ? content : JSON.stringify(content)).length;
  }, 0);
}

const ConfigSchema = z.looseObject({ max_position_embeddings: z.number().int().positive() });
const TokenizerConfigSchema = z.looseObject({
  chat_template: z.string().optional(),
  bos_token: z.unknown().optional(),
  eos_token: z.unknown().optional(),
});

async function readFolder(folder: string): Promise<PromptReader> {
  const { max_position_embeddings: contextTokens } = ConfigSchema.parse(await readJson(folder, 'config.json'));
  const exact = await exactCount(folder).catch(() => undefined);
  return {
    contextTokens,
    template: exact?.template,
    count: (messages) => {
      // Long before a tokenizer has read it, so that nobody waits for what can't fit.
      if (charactersOf(messages) > contextTokens * CHARACTERS_PER_TOKEN) return 'above';
      return exact?.count(messages) ?? 0;
    },
  };
}

/** Counts as the model server does: the same template, the same tokenizer. @throws where a file is missing or unknown */
async function exactCount(
  folder: string,
): Promise<{ template: string; count: (messages: readonly object[]) => number }> {
  const config = TokenizerConfigSchema.parse(await readJson(folder, 'tokenizer_config.json'));
  const template = config.chat_template ?? (await readFile(join(folder, 'chat_template.jinja'), 'utf8'));
  const parsed = new Template(template);
  const tokenizer = new Tokenizer((await readJson(folder, 'tokenizer.json')) as object, config);
  const special = { bos_token: textOf(config.bos_token), eos_token: textOf(config.eos_token) };
  return {
    template,
    count: (messages) => {
      try {
        const prompt = parsed.render({ messages, add_generation_prompt: true, ...special });
        return tokenizer.encode(prompt, { add_special_tokens: false }).ids.length;
      } catch {
        return 0; // The model server renders it too, and says what is wrong with it.
      }
    },
  };
}

/** A special token is its text, or an object that holds it. */
const textOf = (token: unknown): string =>
  z
    .union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)])
    .catch('')
    .parse(token);

const readJson = async (folder: string, name: string): Promise<unknown> =>
  JSON.parse(await readFile(join(folder, name), 'utf8'));
