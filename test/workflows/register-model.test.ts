import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Activities } from '../../contract/activities.ts';
import type { RegisterInput, RegisterResult } from '../../contract/version-messages.ts';
import type { RegisterModelInput } from '../../contract/version-stages.ts';
import { fakeActivities } from '../support/fake-activities.ts';
import { failureOf, startRegister } from '../support/scenarios.ts';
import { startTestServer, withWorkers } from '../support/temporal.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => void (env = await startTestServer()), 60_000);
afterAll(() => env?.teardown());

const said = { model: 'demo', by: 'ada', why: 'made by research' };

async function registered(input: Partial<RegisterInput>, overrides: Partial<Activities> = {}) {
  const written: RegisterModelInput[] = [];
  const fake = fakeActivities(overrides);
  const activities: Activities = {
    ...fake.activities,
    registerModel: (one) => (written.push(one), fake.activities.registerModel(one)),
  };
  return withWorkers(env, activities, async () => {
    const result = (await (await startRegister(env, [{ ...said, ...input }])).result()) as RegisterResult;
    return { result, written, calls: fake.calls };
  });
}

describe('registerModel', () => {
  it('looks at a folder on a machine that trains, keeps it, and writes the version down', async () => {
    const { result, written, calls } = await registered({ folder: 'models/mine', systemPrompt: 'Be kind.' });
    expect(calls).toEqual(['prepareModel', 'launchJob', 'pollJob', 'keepModel', 'registerModel']);
    expect(written).toMatchObject([
      {
        model: 'demo',
        ref: { uri: 'file:///kept/demo', sha256: 'base' },
        servedAs: { systemPrompt: 'Be kind.', temperature: 0, maxTokens: 96 },
        origin: { kind: 'folder', source: 'models/mine', by: 'ada', notes: ['it has no pad token: <unk> is used'] },
      },
    ]);
    expect(result).toEqual({
      model: 'demo',
      version: 3,
      isNew: true,
      uri: 'file:///kept/demo',
      sha256: 'base',
      notes: ['it has no pad token: <unk> is used'],
    });
  });

  it('asks a hosted model before it is written down, and brings nothing', async () => {
    const { written, calls } = await registered({ hosted: 'acme/org/small' });
    expect(calls).toEqual(['lookHosted', 'registerModel']);
    expect(written[0]).toMatchObject({
      ref: { kind: 'hosted', provider: 'acme', id: 'org/small' },
      origin: { kind: 'hosted', source: 'acme/org/small' },
    });
  });

  it('writes nothing of what does not pass', async () => {
    const fails = () => Promise.reject(ApplicationFailure.nonRetryable('folder: its weights lack 3 tensors'));
    const { activities, calls } = fakeActivities({ pollJob: fails });
    await withWorkers(env, activities, async () => {
      const failure = await failureOf(await startRegister(env, [{ ...said, hub: 'acme/small' }]));
      expect(failure.message).toBe('folder: its weights lack 3 tensors');
    });
    expect(calls).not.toContain('registerModel');
  });

  it.each<[Record<string, unknown>, string]>([
    [{}, 'expected exactly one of folder, hub and hosted'],
    [{ folder: 'a', hub: 'b/c' }, 'expected exactly one of folder, hub and hosted'],
    [{ hub: 'small' }, 'hub: expected the id of a model of the hub: owner/name'],
    [{ hosted: 'small' }, 'hosted: expected provider/model'],
    [{ folder: 'a', model: 'My Model' }, 'model: lower-case letters'],
    [{ folder: 'a', why: ' ' }, 'why'],
    [{ folder: 'a', adapter: true }, 'adapter'],
  ])('refuses %j by its field, with an input that works', async (input, words) => {
    await withWorkers(env, fakeActivities().activities, async () => {
      const failure = await failureOf(await startRegister(env, [{ ...said, ...input }]));
      expect(failure.type).toBe('whetstone.input');
      expect(failure.message).toContain(words);
      expect(failure.message).toContain('"folder": "models/made-elsewhere"');
    });
  });
});
