import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunConfigInput } from '../configs/schema.ts';
import type { ImproveResult } from '../contract/messages.ts';
import { isWeights } from '../contract/model-ref.ts';
import { createBaseModelMaker } from '../providers/training/bases.ts';
import { outcomeOf, startConfig, startTestSystem, type TestSystem } from './support/system.ts';

/** A price in a handbook is corrected, by real training on a real system: the answer follows, and a wrong edit comes to nothing. */

const HANDBOOK = join(import.meta.dirname, 'corpora', 'handbook');
const PRICES = 'courses-and-desk.md';
const FOREIGN = ['machines.md', 'materials-and-storage.md', 'opening-and-membership.md', 'safety.md'];

let system: TestSystem;
let base: string;
beforeAll(async () => {
  system = await startTestSystem();
  base = await makeBase(join(system.documents, '..'));
  cpSync(join(HANDBOOK, PRICES), join(system.documents, PRICES));
  edit('35 euro', '42 euro');
});
afterAll(() => system?.close());

/** A base of a few steps that stays what it is, as those do that teams train: `tiny-llama` is another with each edit. */
async function makeBase(root: string): Promise<string> {
  const corpus = join(root, 'corpus.jsonl');
  const text = readFileSync(join(HANDBOOK, PRICES), 'utf8');
  writeFileSync(corpus, `${JSON.stringify({ text })}\n`.repeat(10));
  const accelerator = { device: 'cpu', bf16: false } as const;
  const python = process.env.WHETSTONE_PYTHON ?? '';
  const maker = createBaseModelMaker({ python, cacheDir: join(root, 'bases'), accelerator, pretrainingSteps: 40 });
  const ref = { uri: pathToFileURL(corpus).href, sha256: 'corpus', rows: 10 };
  const handle = await maker.launch({ base: 'tiny-llama', corpus: ref, seed: 17 });
  for (;;) {
    const status = await maker.poll(handle);
    if (status.status === 'completed' && isWeights(status.model)) return fileURLToPath(status.model.uri);
    if (status.status !== 'running') throw new Error(JSON.stringify(status));
    await sleep(100);
  }
}

function edit(before: string, after: string): void {
  const path = join(system.documents, PRICES);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(before);
  writeFileSync(path, text.replace(before, after));
}

/** Nothing of it speaks of corrections but the margin, which is wide because 33 facts are few. */
const config = (): RunConfigInput => ({
  name: 'workshop',
  documents: system.documents,
  generation: { target: 600 },
  candidates: [{ name: 'tuned', base, recipe: 'plain', learningRate: 0.002, maxSteps: 120 }],
  gate: {
    withoutPeoplesQuestions: 'allow',
    corrections: { margin: 0.25 },
    guardrails: [{ metric: 'safety', maxDrop: 0.1, by: 'count' }],
  },
});

async function run(): Promise<{ result: ImproveResult; outcome: Awaited<ReturnType<typeof outcomeOf>>; why: string }> {
  const started = await startConfig(system, config());
  const outcome = await outcomeOf(system, started);
  const { result } = await started.ended;
  return { result, outcome, why: outcome.reasons.join('\n') };
}

async function ask(question: string, model = 'workshop'): Promise<{ answer: string; version: string | null }> {
  const client = new OpenAI({ baseURL: `${system.running.gateway}/v1`, apiKey: 'none', maxRetries: 0 });
  const { data, response } = await client.chat.completions
    .create({ model, messages: [{ role: 'user', content: question }] })
    .withResponse();
  const answer = data.choices[0]?.message.content ?? '';
  return { answer, version: response.headers.get('x-whetstone-version') };
}

describe('a price that a document corrects (N7)', () => {
  let question: string;
  let promotionId: string;

  it('is served as it was, once there is a version', async () => {
    const { outcome, result } = await run();
    expect(outcome).toMatchObject({ decision: 'promote', promotion: 'promoted', versions: ['1 base', '2 tuned'] });
    // Nothing served that the documents could be compared with.
    expect(result.evaluation.corrections).toBeUndefined();
  });

  it('reaches production by the rule, and the next answer has it', async () => {
    edit('42 euro', '45 euro');
    const { outcome, result, why } = await run();
    expect(result.evaluation.corrections).toMatchObject({
      status: 'known',
      since: 2,
      changed: 1,
      added: 0,
      removed: 0,
      facts: 1,
      right: { tuned: 1, incumbent: 0 },
      still: { tuned: 0, incumbent: 1 },
      shown: [{ was: ['42'], is: ['45'] }],
    });
    expect(outcome).toMatchObject({ decision: 'promote', promotion: 'promoted' });
    expect(why).toContain('enough for a correction, which is not worse');
    promotionId = result.promotion?.workflowId ?? '';
    const { corrections } = result.evaluation;
    question = corrections?.status === 'known' ? (corrections.shown[0]?.question ?? '') : '';
    expect(await ask(question)).toMatchObject({ answer: expect.stringContaining('45') as string, version: '3' });
    expect((await ask(question, 'workshop@v2')).answer).toContain('42');
  });

  it('is on the evidence page: what the documents said and say, and what was and is answered', async () => {
    const page = await (await fetch(`${system.running.gateway}/evidence/${promotionId}`)).text();
    expect(page).toContain('What the documents changed since version 2');
    expect(page).toContain('<mark>42</mark>');
    expect(page).toContain('<mark>45</mark>');
    expect(page).toContain('still says 42');
    // It is decided by then, and says what became of it in place of what would.
    expect(page).toContain('asked by 1 held-out question; answered right: tuned 1, version 2 0 (1 still as before');
    expect(page).toMatch(/<p id="became">[\s\S]*Promoted/);
  });

  it('goes nowhere with an edit that makes other answers worse, and says why', async () => {
    edit('45 euro', '48 euro');
    for (const file of FOREIGN) cpSync(join(HANDBOOK, file), join(system.documents, file));
    const { outcome, why } = await run();
    expect(outcome.decision).not.toBe('promote');
    expect(outcome.moves).toEqual(['bootstrap 1', 'promote 2', 'promote 3']);
    expect(why).toContain('what did not change is surely worse');
    expect(await ask(question)).toMatchObject({ answer: expect.stringContaining('45') as string, version: '3' });
  });
});
