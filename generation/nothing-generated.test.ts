import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunConfigSchema } from '../configs/schema.ts';
import { createFileStore } from '../artifacts/file/file-store.ts';
import { generationRequest } from './request.ts';
import type { Chunk } from '../schema/data.ts';
import { taskOf } from '../test/support/examples.ts';
import { createBuiltinTeacher } from '../teacher/model.ts';
import { modelIdentity } from '../providers/index.ts';
import { openLedger, type Ledger } from '../providers/ledger/ledger.ts';
import type { ChatModel } from '../contract/ports.ts';
import { nothingGenerated } from './nothing-generated.ts';
import { settingsOf } from './teacher-settings.ts';

let root: string;
let ledger: Ledger;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nothing-'));
  ledger = await openLedger(join(root, 'ledger.sqlite'));
});
afterEach(async () => {
  await ledger.close();
  await rm(root, { recursive: true, force: true });
});

const text = 'Where is the harbour?';
const at = { documentId: 'd', title: 'D', headings: [], start: 0, end: text.length, text, tokens: 5 };
const chunk = (index: number): Chunk => ({ ...at, id: `d#${index}`, index });
const remote = { provider: 'openai' as const, model: 'no-facts', apiKeyEnv: 'KEY' };

async function message(teacher: typeof remote | { provider: 'builtin' }, reply: string): Promise<string> {
  const config = RunConfigSchema.parse({ name: 'x', documents: 'docs', teacher });
  const tasks = [taskOf(chunk(0)), taskOf(chunk(1))];
  const identity = config.teacher.provider === 'builtin' ? createBuiltinTeacher() : modelIdentity(config.teacher);
  const chat: ChatModel['chat'] = async () => ({ text: reply, finishReason: 'stop', inputTokens: 1, outputTokens: 1 });
  const asked = ledger.wrap({ ...identity, chat }, { runId: 'r' });
  for (const task of tasks) await asked.chat(generationRequest(task, config.generation, settingsOf(config)));
  const artifacts = createFileStore(join(root, 'artifacts'));
  const written = await artifacts.writeJsonLines({ kind: 'tasks', rows: tasks });
  const documents = { documents: 1, chunks: { ...written, rows: 2 }, tasks: written };
  return nothingGenerated({ config, documents, dependencies: { artifacts, ledger } });
}

describe('a run without any question (F13)', () => {
  it('names the remote teacher that was asked, what it replied, and the fix', async () => {
    expect(await message(remote, '{"facts": []}')).toBe(
      'no question was generated from 1 documents (2 passages). The teacher openai/no-facts was asked 2 times; its first reply was ' +
        '"{\\"facts\\": []}". Fix: look whether these passages state facts; name a larger model as teacher, or ask it for other kinds',
    );
  });

  it('says what the built-in teacher left out, and why', async () => {
    const skipped = [
      { quote: text, why: 'question' },
      { quote: text, why: 'no-statement' },
    ];
    const said = await message({ provider: 'builtin' }, JSON.stringify({ facts: [], skipped }));
    expect(said).toContain(
      'The built-in teacher was asked 2 times; it left out what it found, as 2 question, 2 no-statement.',
    );
    expect(said).toContain('plain declarative sentences');
  });
});
