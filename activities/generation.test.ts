import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import fc from '../test/support/property.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunConfigSchema, type RunConfigInput } from '../configs/schema.ts';
import { createFileStore } from '../artifacts/file/file-store.ts';
import { ExampleSchema, type Chunk, type GenerationTask } from '../schema/data.ts';
import { exampleOf, taskOf } from '../test/support/examples.ts';
import { BudgetError } from '../contract/budget-error.ts';
import { openLedger, type Ledger } from '../providers/ledger/ledger.ts';
import { ProviderError, type ChatModel, type ChatRequest } from '../contract/ports.ts';
import { FAILED_ITEMS } from '../contract/messages.ts';
import type { GenerationDependencies } from './dependencies.ts';
import { generationActivities } from './generation.ts';
import { HeldExamples } from '../generation/held-examples.ts';
import { toFailure } from './failure.ts';
import type { ShardInput, ShardResult } from '../contract/dataset-stages.ts';

/** A run's questions, from models and judges that fail as real ones do: what one item does stays with that item. */

let root: string;
let opened: Ledger;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'generation-'));
  opened = await openLedger(join(root, 'ledger.sqlite'));
});
afterAll(async () => {
  await opened.close();
  await rm(root, { recursive: true, force: true });
});

const amount = { costNanoUsd: 1, tokens: 1 };
/** What a call or a judge may throw that is one item's own. */
const ITEM_ERRORS: Record<string, () => Error> = {
  failed: () => new TypeError("Cannot read properties of undefined (reading 'tags')"),
  refused: () => new ProviderError('bad-request', 'm: refused (HTTP 400: no)', { status: 400 }),
  filtered: () => new ProviderError('bad-request', 'm: (HTTP 400: content management policy)', { status: 400 }),
  'too-long': () => new ProviderError('bad-request', 'm: (HTTP 400: maximum context length is 10)', { status: 400 }),
  malformed: () => new ProviderError('malformed', 'm: no chat completion'),
};
const RUN_ERRORS: (() => Error)[] = [
  () => new ProviderError('authentication', 'm: wrong key'),
  () => new ProviderError('not-found', 'm: no such model'),
  () => new ProviderError('rate-limited', 'm: later'),
  () => new ProviderError('server', 'm: oops'),
  () => new ProviderError('network', 'm: ECONNREFUSED'),
  () => new BudgetError({ run: 'r', spent: amount, budget: { tokens: 1 }, estimate: amount }),
  () => new CancelledFailure('stop'),
  () => Object.assign(new Error('no space'), { code: 'ENOSPC' }),
];

const chunk = (n: number): Chunk => {
  const text = `The kettle number ${n} holds ${n + 2} litres of water.`;
  const at = { index: n, start: 0, end: text.length };
  return { id: `kettles#${n}`, documentId: 'kettles', title: 'Kettles', headings: [], text, tokens: 10, ...at };
};
/** What a teacher says of a passage: one fact in two wordings. */
function replyTo(request: ChatRequest): string {
  const text = /holds (\d+) litres/.exec(request.messages[1]?.content ?? '');
  const n = Number(text?.[1] ?? 0) - 2;
  const sentence = `The kettle number ${n} holds ${n + 2} litres of water.`;
  const questions = [`How much does kettle ${n} hold?`, `What volume has the kettle number ${n}?`];
  return JSON.stringify({ facts: [{ questions, answer: sentence, quotes: [sentence], kind: 'factual' }] });
}

/** A model that throws what its script says for the passage that it is asked about; `where` finds that passage's number. */
function model(
  name: string,
  reply: (request: ChatRequest) => string,
  fails: (request: ChatRequest) => Error | undefined,
): ChatModel {
  return {
    provider: 'openai',
    model: name,
    concurrency: 4,
    chat: async (request) => {
      const error = fails(request);
      if (error) throw error;
      return { text: reply(request), finishReason: 'stop', inputTokens: 1, outputTokens: 1 };
    },
  };
}
const numberIn = ({ messages }: ChatRequest): number =>
  Number(/(?:kettle number|kettle) (\d+)/i.exec(messages.at(-1)?.content ?? '')?.[1] ?? -1);

function activities(models: Record<string, ChatModel>) {
  const artifacts = createFileStore(root);
  // Each test's own answers: nothing comes from an earlier one.
  const ledger: Ledger = { ...opened, wrap: (asked) => models[asked.model] ?? asked };
  const keys = { env: { KEY: 'k' }, servers: { KEY: ['https://api.openai.com'] } };
  // The rest is not used by these activities.
  const dependencies = {
    artifacts,
    held: new HeldExamples(),
    ledger,
    keys,
  } as Partial<GenerationDependencies> as GenerationDependencies;
  return { artifacts, ...generationActivities(dependencies) };
}

const spec = (name: string) => ({ provider: 'openai' as const, model: name, apiKeyEnv: 'KEY' });
const config = (more: Partial<RunConfigInput> = {}) =>
  RunConfigSchema.parse({
    name: 'x',
    documents: 'docs',
    teacher: spec('teacher'),
    generation: { corrections: 1, preferences: { answers: 1, model: spec('answering') } },
    judges: ['well-formed', { judge: 'llm', rubric: 'faithfulness', model: spec('judging') }],
    ...more,
  });

async function run(options: { tasks: GenerationTask[]; models: Record<string, ChatModel>; maxFailed?: number }) {
  const { tasks, models, maxFailed = 1 } = options;
  const { artifacts, makeExamples } = activities(models);
  const input: ShardInput = {
    runId: 'r',
    fresh: false,
    budget: {},
    config: config({ limits: { maxFailed } }),
    tasks: await artifacts.writeJsonLines({ kind: 'tasks', rows: tasks }),
    from: 0,
    to: tasks.length,
  };
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const made = (await environment.run(() => makeExamples(input))) as ShardResult;
  return { made, examples: await artifacts.loadJsonLines(made.examples, ExampleSchema) };
}

const labelled = JSON.stringify({ reason: 'stated', label: 'supported' });
const tasksOf = (count: number) =>
  Array.from({ length: count }, (_, n) => taskOf(chunk(n), { facts: 1, phrasings: 2 }));
const counted = (reasons: (string | null)[]) =>
  new Map([...Map.groupBy(reasons, (one) => one)].map(([one, all]) => [one, all.length]));
const item = fc.option(fc.constantFrom(...Object.keys(ITEM_ERRORS)), { freq: 3 });

describe('whatever one passage, pair or preference does', () => {
  it('is a reject with its reason, and the sums hold (F9, F27)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(item, item, item), { minLength: 1, maxLength: 8 }), async (script) => {
        const fails = (at: 0 | 1 | 2) => (request: ChatRequest) => {
          const kind = script[numberIn(request)]?.[at];
          return kind ? ITEM_ERRORS[kind]?.() : undefined;
        };
        const { made, examples } = await run({
          tasks: tasksOf(script.length),
          models: {
            teacher: model('teacher', replyTo, fails(0)),
            judging: model('judging', () => labelled, fails(1)),
            answering: model('answering', () => 'It holds water.', fails(2)),
          },
        });
        // Nothing is lost: each passage has its two pairs, or one reject that stands for it.
        const expected = script.flatMap(([teacher, judge]) => (teacher ? [teacher] : [judge, judge]));
        const found = examples.map(({ verdict }) => verdict.reasons[0] ?? null);
        expect(counted(found)).toEqual(counted(expected));
        const rejected = Object.values(made.rejected).reduce((sum, n) => sum + n, 0);
        expect(made.kept + rejected).toBe(examples.length);
        expect(new Set(examples.map(({ id }) => id)).size).toBe(examples.length);
        const rejects = examples.filter(({ verdict }) => verdict.decision === 'reject');
        const told = /TypeError: .*tags|HTTP 400|no chat completion/;
        expect(rejects.filter(({ verdict }) => !told.test(verdict.judgements.at(-1)?.reason ?? ''))).toEqual([]);
        expect(
          examples.filter(({ documentId, chunkId }) => documentId !== 'kettles' || !/^kettles#\d$/.test(chunkId)),
        ).toEqual([]);
        // Preferences that failed cost the preference alone, and are counted.
        const asked = script.filter(([teacher, judge]) => !teacher && !judge);
        const compared = made.failures?.find(({ what }) => what === 'preferences');
        expect(compared?.failed ?? 0).toBe(asked.filter(([, , preference]) => preference).length);
      }),
      { numRuns: 30 },
    );
  });

  it('is a reject of the imported pair too, and the sums hold (F9, F27)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 10 }), async (script) => {
        const fails = (request: ChatRequest) => ITEM_ERRORS[script[numberIn(request)] ?? '']?.();
        const judging = model('judging', () => labelled, fails);
        const { artifacts, judgeImports } = activities({ judging });
        const imports = script.map((_, n) => {
          const { verdict: _verdict, ...pair } = exampleOf({
            id: `import/x.csv/${n}`,
            documentId: 'import/x.csv',
            chunkId: 'import/x.csv',
            question: `How much does the kettle ${n} hold?`,
            answer: `The kettle ${n} holds two litres.`,
          });
          return { pair, context: pair.answer, judge: true };
        });
        const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
        const input = {
          runId: 'r',
          fresh: false,
          budget: {},
          config: config({
            limits: { maxFailed: 1 },
            judges: [{ judge: 'llm', rubric: 'faithfulness', model: spec('judging') }],
          }),
          imports: await artifacts.writeJsonLines({ kind: 'imports', rows: imports }),
          from: 0,
          to: imports.length,
        };
        const made = (await environment.run(() => judgeImports(input))) as ShardResult;
        const examples = await artifacts.loadJsonLines(made.examples, ExampleSchema);
        expect(examples.map(({ verdict }) => verdict.reasons[0] ?? null)).toEqual(script);
        expect(made.failures?.[0]?.failed ?? 0).toBe(script.filter(Boolean).length);
        expect(made.kept).toBe(script.filter((one) => one === null).length);
      }),
      { numRuns: 20 },
    );
  });

  it('stops the activity once too many failed, saying which and what to do (F9)', async () => {
    const refusing = model('teacher', replyTo, () => ITEM_ERRORS['filtered']?.());
    const models = { teacher: refusing, judging: refusing, answering: refusing };
    const error: unknown = await run({ tasks: tasksOf(8), models, maxFailed: 0.05 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'RunError', type: FAILED_ITEMS });
    expect((error as Error).message).toMatch(
      /passages failed .*limits\.maxFailed.*document kettles, passage kettles#\d \(filtered: .*content management policy.*Fix: /,
    );
  });
});

describe('what concerns the whole run', () => {
  it.each(RUN_ERRORS.map((make) => [make().message, make] as const))('is thrown on: %s', async (_message, make) => {
    for (const failing of ['teacher', 'judging', 'answering']) {
      const fails = (name: string) => (request: ChatRequest) =>
        name === failing && numberIn(request) === 1 ? make() : undefined;
      const models = {
        teacher: model('teacher', replyTo, fails('teacher')),
        judging: model('judging', () => labelled, fails('judging')),
        answering: model('answering', () => 'It holds water.', fails('answering')),
      };
      const error: unknown = await run({ tasks: tasksOf(3), models }).catch((thrown: unknown) => thrown);
      expect(toFailure(error)).toMatchObject({ message: make().message });
    }
  });
});
