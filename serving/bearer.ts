import type { Context } from 'hono';
import { isAccessKey, type AccessKey } from '../registry/identity/access-keys.ts';
import type { Registry } from '../registry/store.ts';
import type { OpenAiError } from './openai-errors.ts';

/** Who asks: clients of the protocol always send some key, so that only what means to be one of ours is looked at. */
export async function bearerOf(
  context: Context,
  registry: Pick<Registry, 'bearer'>,
  now: string,
): Promise<{ key?: AccessKey } | { error: OpenAiError }> {
  const [, token = ''] = /^Bearer\s+(\S+)\s*$/i.exec(context.req.header('authorization') ?? '') ?? [];
  if (!isAccessKey(token)) return {};
  const key = await registry.bearer(token, now);
  if (!('refused' in key)) return { key };
  return {
    error: {
      status: 401,
      code: 'invalid_api_key',
      message: `authorization: ${key.refused}; npx whetstone keys list shows those that there are. Without a key, what everybody may see is answered from`,
    },
  };
}
