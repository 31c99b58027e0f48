import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore } from '../artifacts/file/file-store.ts';
import { writeDataset } from '../datasets/assembly/build.ts';
import { decideDataset } from '../datasets/assembly/decide.ts';
import type { Example } from '../schema/data.ts';
import { evidence, pair, promotion } from '../test/support/evidence.ts';
import { datasetInput, manyExamples } from '../test/support/examples.ts';
import { collectEvidence, type Evidence } from './collect.ts';
import { evidenceHtml } from './html/document.ts';
import { compareTrainingData } from './training-data.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'training-data-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));
const store = () => createFileStore(folder);

async function build(examples: Example[]) {
  const input = { ...datasetInput(examples), store: store() };
  return writeDataset({ ...input, decided: await decideDataset(input) });
}
const examples = manyExamples({ facts: 6, chunks: 3 });
const pageOf = async (more: Partial<Evidence>) =>
  parseHTML(await evidenceHtml(await collectEvidence(evidence([pair('q', {}, {})], { promotion, ...more })))).document;
const section = async (id: string, more: Partial<Evidence>) =>
  (await pageOf(more)).querySelector(`section[aria-labelledby=${id}]`)?.textContent?.replace(/\s+/g, ' ');

describe('what the candidate learnt from', () => {
  it('is told beside what serves: added, removed and changed examples, as text', async () => {
    const before = await build(examples);
    const [first, second, ...others] = examples;
    const after = await build([{ ...first!, answer: 'Another <script>answer</script>.' }, ...others]);
    const data = await compareTrainingData(store(), { before, after });
    const text = await section('data', { data });
    expect(text).toContain(`Dataset ${after.version}, beside ${before.version} of what serves now`);
    expect(text).toContain('1 removed, 1 answered otherwise');
    expect(text).toContain(second!.question);
    expect(text).toContain(first!.answer);
    expect(text).toContain('Another <script>answer</script>.');
    expect(text).toContain(`npx whetstone dataset diff ${before.version} ${after.version}`);
  });

  it('is said to be the same, not to be at hand, or left out where nothing served', async () => {
    const one = await build(examples);
    expect(await section('data', { data: await compareTrainingData(store(), { before: one, after: one }) })).toContain(
      `From the same dataset as what serves now (version 3): ${one.version}`,
    );
    const gone = await compareTrainingData(store(), { before: { uri: `${one.uri}-gone` }, after: one });
    expect(await section('data', { data: gone })).toMatch(/could not be compared with that of .*manifest\.json/);
    expect(await compareTrainingData(store(), { after: one })).toBeUndefined();
    expect(await section('data', {})).toBeUndefined();
  });
});

describe('what to send', () => {
  it('is signed where only signed decisions count, and nothing that would be refused', async () => {
    const text = await section('decide', { promotion: { ...promotion, signed: true, approvalsNeeded: 2 } });
    expect(text).toContain('It waits for 2 signed approvals, each by another person');
    expect(text).toContain(
      'npx whetstone approve promote/demo/production/1a2b3c4d --why "what you read and found" --sign',
    );
    expect(text).toContain('npx whetstone reject promote/demo/production/1a2b3c4d --why "what is wrong" --sign');
    expect(text).not.toMatch(/"by"|temporal workflow update/);
  });

  it('says until when', async () => {
    const text = await section('decide', { promotion: { ...promotion, deadline: '2026-11-29T18:05:00Z' } });
    expect(text).toMatch(/within 72 hours, that is until about 29 November 2026(?: at|,) 18:05 UTC, what serves/);
  });

  it('names the way back: by the Temporal UI and by a terminal', async () => {
    const text = await section('wrong', {});
    expect(text).toContain('{"model":"demo","alias":"production","by":"your name","why":"what is wrong"}');
    expect(text).toContain('{"model":"demo","alias":"production","to":3,"by":"your name","why":"what is wrong"}');
    expect(text).toContain('npx whetstone takedown demo@production --why');
    expect(text).toContain('npx whetstone rollback demo@production --to 3 --why');
    const first = await section('wrong', { promotion: { ...promotion, from: null } });
    expect(first).toContain('but the untuned base');
    expect(first).toContain('"base":true');
    expect(await section('wrong', { promotion: undefined })).toBeUndefined();
  });
});
