import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { modelServerCommand } from '../providers/inference/transformers.ts';
import { freePorts } from './support/system.ts';

/** The model server on two models of a few thousand random weights: what it says is noise, how it says it is not. */

let folder = '';
let url = '';
let server: ChildProcess | undefined;

beforeAll(async () => {
  const python = process.env.WHETSTONE_PYTHON;
  if (!python)
    throw new Error('WHETSTONE_PYTHON is not set: name the Python of an environment made from providers/python');
  folder = await mkdtemp(path.join(os.tmpdir(), 'whetstone-serve-'));
  const script = path.join(import.meta.dirname, 'support', 'template_families.py');
  await promisify(execFile)(python, [script, folder, 'chatml', 'inst'], { maxBuffer: 1e8 });
  const [port = 0] = await freePorts(1);
  const { command, args, env } = modelServerCommand({ python, port, device: 'cpu' });
  server = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
  url = `http://127.0.0.1:${port}`;
  const isUp = () =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isUp())) await sleep(100);
});
afterAll(async () => {
  server?.kill('SIGKILL');
  if (folder) await rm(folder, { recursive: true, force: true });
});

function post(changes: object = {}, signal: AbortSignal | null = null): Promise<Response> {
  const body = {
    model: path.join(folder, 'chatml'),
    messages: [{ role: 'user', content: 'How long is a cycle?' }],
    temperature: 0,
    max_tokens: 8,
    ...changes,
  };
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
}

const AnswerSchema = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }), finish_reason: z.string() })]),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }),
});
const answerTo = async (changes: object = {}) => AnswerSchema.parse(await (await post(changes)).json());

it('answers each of many at once as it answers it alone, of several models', async () => {
  const asked = ['How long is a cycle?', 'What is a coil?', 'Does it hurt?'].flatMap((content) =>
    ['chatml', 'inst'].map((name) => ({ model: path.join(folder, name), messages: [{ role: 'user', content }] })),
  );
  const alone = [];
  for (const each of asked) alone.push(await answerTo(each));
  expect(await Promise.all([...asked, ...asked].map(answerTo))).toEqual([...alone, ...alone].map(matching));
});

const matching = ({ choices, usage }: z.infer<typeof AnswerSchema>) => ({ choices, usage });

it('streams the text that it gives whole, and ends the stream', async () => {
  const whole = await answerTo();
  const events = (await (await post({ stream: true })).text()).split('\n\n').filter(Boolean);
  expect(events.at(-1)).toBe('data: [DONE]');
  const DeltaSchema = z.object({
    choices: z.tuple([z.object({ delta: z.object({ content: z.string().optional() }) })]),
  });
  const text = events
    .slice(0, -1)
    .map((event) => DeltaSchema.parse(JSON.parse(event.replace('data: ', ''))).choices[0].delta.content ?? '')
    .join('');
  expect(text.trim()).toBe(whole.choices[0].message.content);
});

it('gives each of a batch its own length, and stops at its own words', async () => {
  const [short, long] = await Promise.all([answerTo({ max_tokens: 2 }), answerTo({ max_tokens: 12 })]);
  expect(short.usage.completion_tokens).toBe(2);
  expect(long.usage.completion_tokens).toBeGreaterThan(2);
  const text = long.choices[0].message.content;
  const stop = text.slice(3, 5);
  const stopped = await answerTo({ max_tokens: 12, stop: [stop] });
  expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop' });
  expect(stopped.choices[0].message.content).not.toContain(stop);
});

it('answers a seed alike, alone or among others', async () => {
  const seeded = { temperature: 1, seed: 3, max_tokens: 6 };
  const [first, second] = await Promise.all([answerTo(seeded), answerTo(seeded), answerTo({ temperature: 1 })]);
  expect(second.choices).toEqual(first.choices);
});

it.each([
  ['an unknown field', { zzz: 1 }, 422, /unknown fields: zzz/],
  ['a value out of range', { temperature: 9 }, 400, /temperature: found '9', expected a number from 0 to 2/],
  ['a model that is not there', { model: '/nowhere' }, 404, /\/nowhere: no model there/],
  [
    'more than the model takes in',
    { messages: [{ role: 'user', content: 'a b '.repeat(400) }] },
    400,
    /hold \d+ tokens/,
  ],
  ['a picture', { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }, 400, /takes text only/],
  ['no messages', { messages: [] }, 400, /messages: found/],
])('refuses %s by name', async (_title, changes, status, message) => {
  const reply = await post(changes);
  expect(reply.status).toBe(status);
  expect(await reply.json()).toMatchObject({ error: { message: expect.stringMatching(message) } });
});

it('ends with SIGTERM, and what a client has left does not hold it', async () => {
  const controller = new AbortController();
  const left = post({ max_tokens: 200 }, controller.signal).catch(() => undefined);
  await sleep(50);
  controller.abort();
  await left;
  expect((await answerTo()).choices[0].message.content).toEqual(expect.any(String));
  const ended = once(server!, 'exit');
  server?.kill('SIGTERM');
  await ended;
});
