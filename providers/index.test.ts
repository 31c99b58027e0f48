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
    expect(createChatModel(spec(fields), { env: {}, servers: {} }).provider).toBe(provider);
  });

  it('says which key is missing before any call', () => {
    const remote = spec({ provider: 'openai', model: 'small', apiKeyEnv: 'TEAM_KEY' });
    const servers = { TEAM_KEY: ['https://api.openai.com'] };
    expect(() => createChatModel(remote, { env: {}, servers })).toThrow(
      /openai model 'small' at https:\/\/api.openai.com\/v1: .*TEAM_KEY/,
    );
  });

  const env = { TEAM_KEY: 'secret-of-the-team' };
  // Configs refuse a user name in an address; a key must not depend on it.
  const elsewhere = (baseUrl: string): ModelSpec =>
    Object.assign(spec({ provider: 'openai', model: 'small', apiKeyEnv: 'TEAM_KEY' }), { baseUrl });

  it.each([
    ['https://api.example.com/v1', 'https://api.example.com'],
    ['https://eu.api.example.com/v1', 'https://*.example.com'],
    ['http://10.1.2.3:8000/v1', 'http://10.1.2.3:8000'],
  ])('lets a key go to %s, which the policy lists as %s', (url, listed) => {
    const keys = { env, servers: { TEAM_KEY: [listed] } };
    expect(createChatModel(elsewhere(url), keys).provider).toBe('openai');
  });

  it.each([
    ['a server that is not listed', 'https://collect.example.org/v1', ['https://api.example.com']],
    ['a host that only begins like a listed one', 'https://api.example.com.evil.org/v1', ['https://api.example.com']],
    ['a host that only ends like a listed one', 'https://evilexample.com/v1', ['https://*.example.com']],
    ['a listed host in a user name', 'https://api.example.com@evil.org/v1', ['https://api.example.com']],
    ['a listed host without encryption', 'http://api.example.com/v1', ['https://api.example.com']],
    ['another port', 'https://api.example.com:8443/v1', ['https://api.example.com']],
  ])('sends no key to %s, and never shows it', (_, url, listed) => {
    const keys = { env, servers: { TEAM_KEY: listed } };
    expect(() => createChatModel(elsewhere(url), keys)).toThrow(
      /^openai model 'small' at .*the key of TEAM_KEY may not be sent to .*configs\/keys\.yaml lists (?!.*secret)/,
    );
  });

  it('sends a variable that the policy does not name to no server but one on this machine', () => {
    const keys = { env, servers: {} };
    expect(() => createChatModel(elsewhere('https://api.openai.com/v1'), keys)).toThrow(/lists no server for it/);
    expect(createChatModel(elsewhere('http://localhost:8000/v1'), keys).provider).toBe('openai');
  });
});
