import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFileStore } from '../../../artifacts/file/file-store.ts';
import { createSampler } from '../../../evidence/sample/draw.ts';
import { keepSample } from '../../../evidence/sample/keep.ts';
import { openRegistry } from '../../../registry/open.ts';
import { pair } from '../../../test/support/evidence.ts';
import { columnsOf } from '../terminal-text.ts';

/** The command over a pipe, before anything is sent: it needs neither server nor worker. */

const ID = 'promote/demo/production/1a2b3c4d';
const evaluation = 'e'.repeat(64);
let state: string;

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'grade-'));
  const { registry, close } = await openRegistry({ url: join(state, 'registry.db') });
  const at = '2026-11-26T10:00:00Z';
  const version = { model: 'demo', candidate: 'tuned', runId: 'r', base: 'b', systemPrompt: '', at };
  const sampling = { temperature: 0, maxTokens: 96 };
  await registry.registerVersion({ ...version, ref: { uri: 'file:///w', sha256: 'w' }, sampling });
  const about = { model: 'demo', alias: 'production', version: 1, expectedVersion: null, reasons: [] };
  await registry.openPromotion({ ...about, id: ID, evidenceSha256: evaluation, approvalsNeeded: 1, at });
  await close();
  const sampler = createSampler({ promotion: ID, candidate: 'tuned', against: 'incumbent', judges: {} });
  for (let i = 0; i < 30; i++) {
    const both = pair(`q${i}`, { answer: `\u001b[31mold ${i} ${'x'.repeat(200)}` }, { answer: `new ${i}` });
    sampler.add({ name: 'golden' }, new Map(both.map((one) => [one.arm, one])));
  }
  await keepSample(createFileStore(join(state, 'artifacts')), sampler.result({ evaluation, named: new Set() }));
});
afterAll(() => rm(state, { recursive: true, force: true }));

async function grade(typed: string, ...more: string[]): Promise<string> {
  const cli = join(import.meta.dirname, '../main.ts');
  const args = ['--disable-warning=ExperimentalWarning', cli, 'grade', ID, '--by', 'Ada', ...more];
  const env = { ...process.env, WHETSTONE_STATE: state, TEMPORAL_ADDRESS: undefined };
  const running = promisify(execFile)(process.execPath, args, { env });
  running.child.stdin?.end(typed);
  return (await running).stdout;
}

it('goes on where one left, whether one quit or the pipe ended', async () => {
  const first = await grade('1\n2 too vague\nwhat\nskip\n');
  expect(first).toContain('Question 1   (1 of 20, 0 graded)');
  expect(first).toContain("found 'what'; expected 1 or a the first is better");
  expect(first).toContain(`Kept, and not sent. Go on with:\n  npx whetstone grade ${ID}`);
  // Two were graded; the third was skipped, and is where one goes on.
  const second = await grade('both\nback\nback\nquit\n');
  expect(second).toMatch(/^── Question 3 {3}\(3 of 20, 2 graded\)/);
  expect(second).toContain('You said: 2 too vague');
  expect((await readdir(join(state, 'grading'))).filter((name) => name.endsWith('.json'))).toHaveLength(1);
});

it('shows whatever a model says within 80 columns, as text', async () => {
  const screen = await grade('', '--by', 'Bob', '--questions', '3');
  expect(screen).toContain('␛[31mold');
  // oxlint-disable-next-line no-control-regex -- it is what must not be there
  expect(screen).not.toMatch(/\u001b/);
  for (const line of screen.split('\n')) expect(columnsOf(line), line).toBeLessThanOrEqual(80);
  expect(screen).toContain('Question 1   (1 of 3, 0 graded)');
});

it('refuses what there is no sample of, and numbers that are none', async () => {
  await expect(grade('', '--questions', '0')).rejects.toThrow(/Expected a whole number from 1 to 100/);
});
