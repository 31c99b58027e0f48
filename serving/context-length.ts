import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChatBody } from './chat-completions.ts';
import type { OpenAiError } from './openai-errors.ts';

/** No tokenizer in use makes longer tokens of ordinary text than this, on average. */
const CHARACTERS_PER_TOKEN = 16;

const known = new Map<string, Promise<number | undefined>>();

/** Tokens that a model can take in, from the configuration in its folder; undefined where that says nothing. */
function contextTokens(folder: string): Promise<number | undefined> {
  let tokens = known.get(folder);
  if (!tokens) {
    tokens = readFile(join(folder, 'config.json'), 'utf8')
      .then((text) => (JSON.parse(text) as { max_position_embeddings?: unknown }).max_position_embeddings)
      .then((value) => (typeof value === 'number' && value > 0 ? value : undefined))
      .catch(() => undefined);
    known.set(folder, tokens);
  }
  return tokens;
}

/**
 * Refuses a request that cannot fit into the model's context, whatever its tokenizer: the model server would compute on it for
 * many minutes, for nobody, while all others wait.
 */
export async function tooLong(body: ChatBody, modelFolder: string): Promise<OpenAiError | undefined> {
  const tokens = await contextTokens(modelFolder);
  if (tokens === undefined) return undefined;
  const characters = body.messages.reduce(
    (sum, { content }) => sum + (typeof content === 'string' ? content : (JSON.stringify(content) ?? '')).length,
    0,
  );
  if (characters <= tokens * CHARACTERS_PER_TOKEN) return undefined;
  return {
    status: 400,
    code: 'context_length_exceeded',
    param: 'messages',
    message: `the messages hold ${characters} characters, and the model takes in ${tokens} tokens; send fewer or shorter messages`,
  };
}
