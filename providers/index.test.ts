import { describe, expect, it } from 'vitest';
import { TeacherSchema, type ModelSpec } from '../configs/schema.ts';
import { createChatModel } from './index.ts';

const spec = (fields: Record<string, unknown>): ModelSpec => TeacherSchema.parse(fields);

describe('createChatModel', () => {
  it.each([
    [{ provider: 'builtin' }, 'builtin'],
    [{ provider: 'openai', model: 'small', baseUrl: 'http://127.0.0.1:1/v1' }, 'openai'],
    [{ provider: 'huggingface', model: 'small', endpointUrl: 'http://127.0.0.1:1/v1' }, 'huggingface'],
  ])('makes the model of %o', (fields, provider) => {
    expect(createChatModel(spec(fields), {}).provider).toBe(provider);
  });

  it('says which key is missing before any call', () => {
    const remote = spec({ provider: 'openai', model: 'small', apiKeyEnv: 'TEAM_KEY' });
    expect(() => createChatModel(remote, {})).toThrow(
      /openai model 'small' at https:\/\/api.openai.com\/v1: .*TEAM_KEY/,
    );
  });
});
