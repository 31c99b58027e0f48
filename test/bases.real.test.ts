import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { promptReader } from '../serving/context-length.ts';

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
