import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPrompt } from '../configs/prompts/prompt-files.ts';
import { OPEN_BOOK_PROMPT } from '../configs/schema.ts';
import { promptServing } from '../contract/open-book/of-run.ts';
import { asServed } from '../registry/candidates.ts';
import { memoryRetriever } from './fakes/memory-retriever.ts';
import { MODEL, startTestGateway, type TestGateway } from './support/gateway.ts';
import { openBookOf, passageOf } from './support/open-book.ts';
import { pythonWith } from './support/python-packages.ts';

/** DSPy, LangChain and LlamaIndex, as their own Python packages, against the gateway. */

const python = await pythonWith({ name: 'frameworks', requirements: 'frameworks-requirements.txt' });
const why = python === undefined ? ' (skipped: no package index can be reached, to have them from)' : '';
const HOW_LONG = 'How long does a menstrual cycle take on average?';
const cycle = passageOf('cycle.md#0', 'A menstrual cycle takes 28 days on average.\n\nIt is counted in days.');
const iron = passageOf('iron.md#0', 'Iron tablets can turn stools black.', {
  title: 'Iron',
  headings: ['Iron', 'Tablets'],
});
const quote = { kind: 'quote', sentences: 2, rule: 1 } as const;
const openBook = openBookOf({ prompt: OPEN_BOOK_PROMPT });

describe.skipIf(python === undefined)(`frameworks in Python${why}`, () => {
  let folder: string;
  let gateway: TestGateway;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whetstone-frameworks-'));
    for (const name of ['suites', 'prompts']) await mkdir(join(folder, name));
    gateway = await startTestGateway({ retriever: memoryRetriever([iron, cycle]), timeoutMs: 20_000 });
    await gateway.register(3, undefined, { ref: quote, openBook });
    gateway.upstream.handle = (body, response) => {
      const asked = (body['messages'] as { content: string }[]).at(-1)!.content;
      const answer = asked.endsWith(HOW_LONG) ? '28 days on average.' : 'They can turn stools black.';
      // The gateway's own model of the tests takes thoughts apart; the server itself gives them with the answer.
      const content = String(body['model']).includes('thinks') ? `<think>\nIt says so.\n</think>\n\n${answer}` : answer;
      const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
      const reply = { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
    };
  });
  afterAll(async () => {
    await gateway?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const run = async (...args: string[]) => {
    // What a provider's library reads of the environment, or asks of the network, is none of this test.
    const env = { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: 'True', DSPY_CACHEDIR: join(folder, 'cache') };
    return (await promisify(execFile)(python!, args, { cwd: folder, env })).stdout;
  };
  const messages = () => gateway.upstream.bodies.at(-1)!['messages'] as { role: string; content: string }[];

  it.each([
    ['Predict', `${MODEL}@v1`],
    ['ChainOfThought', '/models/thinks'],
  ])('DSPy optimises a program of %s, and a version is served under just that prompt', async (shape, model) => {
    const page = await readFile(join(import.meta.dirname, '../docs/how-to/optimise-a-prompt.md'), 'utf8');
    const [module = '', script = ''] = [...page.matchAll(/```python\n([^]*?)```/g)].map(([, code]) => code);
    const suite = [
      { question: HOW_LONG, facts: ['28 days'] },
      { question: 'What do iron tablets do to stools?', facts: [['black', 'dark']] },
    ];
    const base = model.startsWith('/') ? `${gateway.upstream.url}/v1` : `${gateway.url}/v1`;
    await writeFile(join(folder, 'suites/for-dspy.jsonl'), suite.map((row) => JSON.stringify(row)).join('\n'));
    await writeFile(join(folder, 'whetstone_dspy.py'), module);
    await writeFile(
      join(folder, 'optimise.py'),
      script
        .replace('http://127.0.0.1:8080/v1', `${gateway.url}/v1`)
        .replace('api_base=GATEWAY', `api_base="${base}"`)
        .replace(`openai/${MODEL}@v1`, `openai/${model}`)
        .replace(`${MODEL}@v2`, `${MODEL}@v3`)
        .replace('dspy.Predict(', `dspy.${shape}(`)
        .concat(
          '\nprogram = OpenBook()\nprogram.load("prompts/optimised.json")\n',
          // Nothing of an answer that it had before.
          `lm.cache = False\nprint(program("${HOW_LONG}").answer)\n`,
        ),
    );
    expect(await run('optimise.py')).toContain('28 days on average.');
    const asked = messages();

    const prompt = await readPrompt({ file: 'prompts/optimised.json', field: 'prompt', projectRoot: folder });
    expect(prompt).toMatchObject({ madeBy: 'dspy 3.4.1', examples: [{ question: HOW_LONG }, {}] });
    const servedAs = promptServing({ systemPrompt: '', temperature: 0, maxTokens: 96, openBook }, prompt);
    const more = {
      ...asServed(servedAs),
      ref: { uri: 'file:///models/thinks', sha256: 'base' },
      runId: `dspy-${shape}`,
    };
    const { version } = (await gateway.register(4, undefined, more)) as { version: number };
    const reply = await gateway.client.chat.completions.create({
      model: `${MODEL}@v${version}`,
      messages: [{ role: 'user', content: HOW_LONG }],
    });
    expect(messages()).toEqual(asked);
    // System text, two demos and the question.
    expect(asked.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user', 'assistant', 'user']);
    expect(asked[2]!.content.includes('<think>')).toBe(shape === 'ChainOfThought');
    expect(reply.choices[0]!.message.content).toBe('28 days on average.');
  });

  it('LangChain and LlamaIndex have the index as their retriever, and a version as their model', async () => {
    const script = join(import.meta.dirname, 'support/frameworks.py');
    const said = JSON.parse(await run(script, `${gateway.url}/v1`, `${MODEL}@v3`, HOW_LONG)) as Record<string, unknown>;
    expect(said).toEqual({
      found: [expect.objectContaining({ source: 'cycle.md', text: cycle.text, start: 0 }), expect.anything()],
      said: expect.stringContaining('28 days'),
      streamed: expect.stringContaining('28 days'),
      engine: expect.stringContaining('28 days'),
      nodes: [cycle.text, iron.text],
    });
  });
});
