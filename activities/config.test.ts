import { describe, expect, it } from 'vitest';
import { resolvePaths } from '../configs/paths.ts';
import { loadKeyPolicy, loadStages } from '../configs/load.ts';
import { configActivities } from './config.ts';
import type { Keys } from '../providers/chat/api-key.ts';
import type { GenerationDependencies } from './dependencies.ts';

const { projectRoot } = resolvePaths({});
const servers: Keys['servers'] = await loadKeyPolicy(projectRoot);
const resolve = (config: string | Record<string, unknown>, env: Keys['env'] = {}) =>
  configActivities({
    projectRoot,
    allowedRoots: [projectRoot],
    keys: { env, servers },
    stages: () => loadStages(projectRoot),
  } as GenerationDependencies).resolveConfig({ config });

describe('resolveConfig', () => {
  it('finds a config by its name and hashes what it resolved', async () => {
    const { config, configHash, source } = await resolve('quickstart');
    expect(config.name).toBe('womens-health');
    expect(configHash).toMatch(/^[0-9a-f]{64}$/);
    expect(source).toBe('configs/quickstart.yaml');
  });

  it('refuses a run whose teacher lacks its key before any work is done, naming the variable', async () => {
    await expect(resolve('openai-teacher')).rejects.toThrow(/OPENAI_API_KEY is not set/);
    await expect(resolve('openai-teacher', { OPENAI_API_KEY: 'sk-test' })).resolves.toBeDefined();
  });

  it('refuses a run whose judge lacks its key', async () => {
    const model = { provider: 'huggingface', model: 'some/model' };
    const config = { name: 'demo', documents: 'docs', judges: [{ judge: 'llm', rubric: 'faithfulness', model }] };
    await expect(resolve(config)).rejects.toThrow(/HF_TOKEN is not set/);
  });

  it('refuses a run whose suite is not there, before any work is done', async () => {
    const config = { name: 'demo', documents: 'docs', evaluation: { suites: ['test', 'docs/none.jsonl'] } };
    await expect(resolve(config)).rejects.toThrow(/evaluation\.suites\[1\]: docs\/none\.jsonl: no such file/);
  });

  it('refuses a run that would send a key to a server of its own choice', async () => {
    const teacher = { provider: 'openai', model: 'small', baseUrl: 'https://collect.example.org/v1' };
    const config = { name: 'demo', documents: 'docs', teacher };
    await expect(resolve(config, { OPENAI_API_KEY: 'sk-test' })).rejects.toThrow(
      /OPENAI_API_KEY may not be sent to https:\/\/collect\.example\.org/,
    );
  });
});
