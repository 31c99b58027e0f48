import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Activities } from '../../contract/activities.ts';
import type { RegisterInput, RegisterResult } from '../../contract/version-messages.ts';
import type { FoundVersion, RegisterModelInput } from '../../contract/version-stages.ts';
import { fakeActivities } from '../support/fake-activities.ts';
import { openBookOf } from '../support/open-book.ts';
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

  describe('of a version of ours', () => {
    const openBook = openBookOf({ examples: [{ question: 'X?', asked: 'X?', answered: 'Y.' }] });
    const { examples: _before, ...book } = openBook;
    const v2 = { systemPrompt: 'Be kind.', temperature: 0.5, maxTokens: 20, openBook };
    const like = async (input: Partial<RegisterInput>, over: Partial<FoundVersion> = {}) => {
      const fake = fakeActivities().activities;
      const found = async (name: { name: string }) => ({ ...(await fake.findVersion(name)), servedAs: v2, ...over });
      return registered({ like: 'demo@staging', ...input }, { findVersion: found });
    };
    const sha256 = 'f'.repeat(64);

    it('quotes its documents, and asks no model', async () => {
      const { written } = await like({ quote: 2 });
      expect(written).toMatchObject([
        {
          ref: { kind: 'quote', sentences: 2, rule: 1 },
          base: 'demo-base',
          origin: { kind: 'version', source: 'demo@staging', notes: ['index of demo@v2'] },
        },
      ]);
      expect(written[0]?.servedAs).toEqual({ systemPrompt: '', temperature: 0.5, maxTokens: 20, openBook: book });
    });

    it('asks its model under another prompt, in place of what it had, and says which', async () => {
      const { written } = await like({ prompt: 'p.json', maxTokens: 30 });
      const examples = [{ question: 'Q?', asked: 'P Q?', answered: 'A.' }];
      expect(written[0]?.servedAs).toEqual({
        systemPrompt: 'Be brief.',
        temperature: 0.5,
        maxTokens: 30,
        openBook: { ...book, examples },
      });
      expect(written[0]?.origin.notes).toEqual([
        'like demo@v2',
        `prompt p.json, sha256 ${sha256}, by dspy 3.4.1, 1 demos`,
      ]);
    });

    it('may be asked otherwise', async () => {
      const { written } = await like({ temperature: 0 });
      expect(written[0]?.servedAs).toEqual({ ...v2, temperature: 0 });
    });

    it('has documents to quote, and a model to ask', async () => {
      const { openBook: _none, ...closed } = v2;
      const refused: [Partial<RegisterInput>, Partial<FoundVersion>, string][] = [
        [{ quote: 2 }, { servedAs: closed }, 'like: found demo@v2, which has no index of documents'],
        [{ prompt: 'a.md' }, { ref: { kind: 'quote', sentences: 3, rule: 1 } }, 'which quotes and asks no model'],
      ];
      for (const [input, over, words] of refused)
        await expect(like(input, over)).rejects.toMatchObject({
          cause: { message: expect.stringContaining(words) },
        });
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
    [{}, 'expected exactly one of folder, hub, hosted and like'],
    [{ folder: 'a', hub: 'b/c' }, 'expected exactly one of folder, hub, hosted and like'],
    [{ folder: 'a', quote: 3 }, 'expected `like` with quote or prompt'],
    [{ like: 'demo@v2' }, 'with `like`: else it is that version'],
    [{ like: 'demo@v2', quote: 3, temperature: 0 }, 'expected quote alone'],
    [{ like: 'demo@v2', prompt: 'a.md', systemPrompt: 'b' }, 'a prompt without systemPrompt'],
    [{ like: 'demo@v2', quote: 11 }, 'quote'],
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
