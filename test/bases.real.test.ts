import { execFile, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { promptReader } from '../serving/context-length.ts';
import { commitOf, startFakeHubOfModels, type FakeHubOfModels } from './fakes/hub-models.ts';

/** Any causal model as a base: made here with each family's chat template, mended, then asked and trained on paper. */

const SampleSchema = z.object({
  trained: z.array(z.number()),
  served: z.array(z.number()),
  ours: z.array(z.number()),
  prompt: z.string(),
  answer: z.string(),
  stops: z.boolean(),
});
const FamilySchema = z.union([
  z.object({ error: z.string() }),
  z.object({ notes: z.array(z.string()), pad: z.string(), samples: z.record(z.string(), SampleSchema) }),
]);
type Made = Extract<z.infer<typeof FamilySchema>, { notes: string[] }>;

const ANSWERS: Record<string, string> = {
  question: 'About 28 days.',
  system: 'About 28 days.',
  history: 'For a while.',
  opened: 'A device.',
  'system and opened': 'A device.',
  'empty system': 'A device.',
};

let folder = '';
let families: Record<string, z.infer<typeof FamilySchema>> = {};

beforeAll(async () => {
  const python = process.env.WHETSTONE_PYTHON;
  if (!python)
    throw new Error('WHETSTONE_PYTHON is not set: name the Python of an environment made from providers/python');
  folder = await mkdtemp(path.join(os.tmpdir(), 'whetstone-bases-'));
  const script = path.join(import.meta.dirname, 'support', 'template_families.py');
  const { stdout } = await promisify(execFile)(python, [script, folder], { maxBuffer: 1e8 });
  families = z.record(z.string(), FamilySchema).parse(JSON.parse(stdout));
});
afterAll(() => (folder ? rm(folder, { recursive: true, force: true }) : undefined));

function made(name: string): Made {
  const family = families[name];
  if (!family || 'error' in family) throw new Error(`${name}: ${family?.error ?? 'was not made'}`);
  return family;
}

describe.each(['chatml', 'inst', 'headers', 'gemma', 'zephyr', 'plain', 'none', 'thoughts', 'end-unnamed'])(
  'the template family %s (F22, F24, F33)',
  (name) => {
    it.each(Object.entries(ANSWERS))('is trained on the tokens that it is asked with: %s', (title, answer) => {
      const sample = made(name).samples[title];
      expect(sample?.trained).toEqual(sample?.served);
      expect(sample?.ours).toEqual(sample?.served);
      expect(sample?.answer).toBe(answer);
    });

    it('has its prompts counted by the gateway as the model server reads them', async () => {
      const reader = await promptReader(path.join(folder, name));
      const asked = [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'How long is a cycle?' },
      ];
      expect(reader?.count(asked)).toBe(made(name).samples.system?.served.length);
    });

    it('learns to end its answers with a token at which serving stops', () => {
      for (const sample of Object.values(made(name).samples)) expect(sample.stops).toBe(true);
    });
  },
);

it.each(['inst', 'gemma'])(
  'opens the first question with the system prompt where there is no system role: %s',
  (name) => {
    const { notes, samples } = made(name);
    expect(notes.join('\n')).toMatch(/knows no system role/);
    expect(samples.system?.prompt).toContain('Be kind.\n\nHow long is a cycle?');
    expect(samples['empty system']?.prompt).toBe(samples['empty system']?.prompt.replace('\n\nWhat', 'What'));
  },
);

it('lets an answer that comes first follow a greeting where turns must alternate (F24)', () => {
  expect(made('inst').samples.opened?.prompt).toBe(
    '<s>[INST] Hello. [/INST] Good morning.</s>[INST] What is a coil? [/INST]',
  );
});

it.each([
  ['no-end', /has no end token \(eos_token\).*never stop answering; set eos_token/],
  ['broken', /chat template can't be rendered \(TemplateSyntaxError/],
  ['mute', /chat template leaves out what is said/],
])('refuses what can not be used, in words: %s (F22)', (name, message) => {
  expect(families[name]).toEqual({ error: expect.stringMatching(message) });
});

describe('a model of the hub', () => {
  const script = path.join(import.meta.dirname, '../providers/python/fetch_base.py');
  let hub: FakeHubOfModels;
  beforeAll(async () => (hub = await startFakeHubOfModels()));
  afterAll(() => hub?.close());
  const started = (name: string, out: string, token?: string) =>
    execFile(process.env.WHETSTONE_PYTHON ?? '', [script, '--hub', name, '--out', out], {
      env: {
        PATH: process.env.PATH,
        HF_ENDPOINT: hub.url,
        HF_HOME: path.join(folder, 'hf'),
        HF_HUB_DISABLE_TELEMETRY: '1',
        HF_HUB_DISABLE_PROGRESS_BARS: '1',
        ...(token && { HF_TOKEN: token }),
      },
    });
  const ended = async (process: ChildProcess) => {
    let said = '';
    for (const stream of [process.stdout, process.stderr]) stream?.on('data', (text: string) => (said += text));
    const [code] = (await once(process, 'close')) as [number | null];
    return { code, said };
  };

  it('is brought once, without what lies beside it, and on from where a killed attempt came to', async () => {
    const files: Record<string, Buffer> = {};
    for (const name of await readdir(path.join(folder, 'chatml')))
      files[name] = await readFile(path.join(folder, 'chatml', name));
    // A client writes ten megabytes at once: of fewer it goes on with nothing.
    const weights = padded(files['model.safetensors']!, 24e6);
    const beside = {
      'README.md': 'x',
      'model.fp16.safetensors': 'x',
      'onnx/model.safetensors': 'x',
      'training_args.bin': 'x',
    };
    const main = { ...files, ...beside, 'model.safetensors': weights };
    hub.models.set('acme/tiny', { revisions: { main, v1: { ...files, 'model.safetensors': 'older' } } });
    hub.breakOff = { file: 'model.safetensors', afterBytes: 21e6, times: 1, how: 'hang' };
    const job = path.join(folder, 'job');
    await mkdir(job);
    const out = path.join(job, 'output');
    const part = path.join(job, 'download', commitOf('acme/tiny', 'main'));

    const killed = started('acme/tiny', out);
    const end = ended(killed);
    const brought = async () => (await readdir(part).catch((): string[] => [])).filter((name) => name in files);
    const expected = Object.keys(files).length - 1;
    const isAsked = () => hub.asked.some(({ file }) => file === 'model.safetensors');
    await expect.poll(async () => isAsked() && (await brought()).length, { timeout: 120_000 }).toBe(expected);
    killed.kill('SIGKILL');
    await end;
    hub.breakOff = { ...hub.breakOff, times: 1, how: 'cut' };
    hub.asked.length = 0;
    expect(await ended(started('acme/tiny', out))).toMatchObject({ code: 0 });
    expect(hub.asked).toEqual([
      { file: 'model.safetensors', range: undefined },
      { file: 'model.safetensors', range: expect.stringMatching(/^bytes=[12]\d{7}-/) as string },
    ]);
    expect((await readFile(path.join(out, 'model.safetensors'))).equals(weights)).toBe(true);
    expect(JSON.parse(await readFile(path.join(out, 'base.json'), 'utf8'))).toMatchObject({
      id: 'acme/tiny',
      revision: commitOf('acme/tiny', 'main'),
    });
    expect((await readdir(out)).filter((name) => name in beside)).toEqual([]);
    expect(await readdir(job)).toEqual(['output']);
  });

  const model = { 'config.json': '{}', 'tokenizer.json': '{}', 'model.safetensors': 'x' };
  it.each<[string, Record<string, string>, string, RegExp]>([
    ['gated', model, '', /its owner asks for consent: accept the licence on the hub, then set HF_TOKEN/],
    ['gated', model, 'other', /the account of HF_TOKEN has none: accept the licence on the hub with that account/],
    ['private', model, '', /the hub knows no such model, or it is private: check the id, or set HF_TOKEN/],
    ['missing', model, 'other', /or use the token of an account that may see it in HF_TOKEN/],
    ['plain@nope', model, '', /has no revision 'nope': leave @revision out/],
    [
      'gguf',
      { 'q4.gguf': 'GGUF', 'q8.gguf': 'GGUF', 'config.json': '{}' },
      '',
      /is there as GGUF alone \(q4\.gguf, q8\.gguf\): download the one/,
    ],
    [
      'lora',
      { 'adapter_config.json': '{}', 'adapter_model.safetensors': 'x', 'config.json': '{}' },
      '',
      /is a PEFT adapter.*merge it into that/,
    ],
    [
      'weightless',
      { 'config.json': '{}', 'onnx/model.safetensors': 'x' },
      '',
      /has no weights, neither safetensors nor \.bin, found config\.json, onnx/,
    ],
    ['unknown', { 'model.safetensors': 'x' }, '', /has no config\.json, found model\.safetensors/],
  ])('is refused in words, and none of its weights brought: %s', async (name, files, token, words) => {
    const kept = {
      revisions: { main: files },
      ...(name === 'gated' && { gatedFor: ['good'] }),
      ...(name === 'private' && { privateTo: ['good'] }),
    };
    if (name !== 'missing') hub.models.set(`acme/${name.split('@')[0]}`, kept);
    hub.asked.length = 0;
    const { code, said } = await ended(started(`acme/${name}`, path.join(folder, 'refused', 'output'), token));
    expect(code).toBe(1);
    expect(said).toMatch(words);
    expect(said).not.toContain(folder);
    expect(hub.asked.map(({ file }) => file)).toEqual([]);
  });
});

/** A file of safetensors with a tensor that no model asks for. */
function padded(file: Buffer, bytes: number): Buffer {
  const length = Number(file.readBigUInt64LE());
  const header = JSON.parse(file.subarray(8, 8 + length).toString()) as Record<string, unknown>;
  const end = file.length - 8 - length;
  const more = Buffer.from(
    JSON.stringify({ ...header, padding: { dtype: 'U8', shape: [bytes], data_offsets: [end, end + bytes] } }),
  );
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(more.length));
  return Buffer.concat([prefix, more, file.subarray(8 + length), Buffer.alloc(bytes, 7)]);
}

it('refuses a PEFT adapter, which answers nothing without its base', async () => {
  const adapter = path.join(folder, 'adapter');
  await mkdir(adapter);
  for (const name of ['adapter_config.json', 'adapter_model.safetensors'])
    await writeFile(path.join(adapter, name), '{}');
  const script = path.join(import.meta.dirname, '../providers/python/fetch_base.py');
  const args = [script, '--path', adapter, '--out', path.join(folder, 'out')];
  await expect(promisify(execFile)(process.env.WHETSTONE_PYTHON ?? '', args)).rejects.toThrow(
    /error: is a PEFT adapter, .*: merge it into that/,
  );
});
