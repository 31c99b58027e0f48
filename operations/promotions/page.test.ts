import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import type { StagePolicy } from '../../configs/schema.ts';
import { writeAnswers } from '../../evaluation/answers-parquet.ts';
import { findEvidence } from '../../evidence/find.ts';
import { readPage } from '../../evidence/keep.ts';
import { openRegistry, type OpenRegistry } from '../../registry/open.ts';
import { evaluation, pair } from '../../test/support/evidence.ts';
import { openSample } from '../grading/grade.ts';
import { requestedPage } from './page.ts';
import { promotionOf, requestedId } from './promote.ts';

const at = '2026-11-26T10:00:00Z';
const production: StagePolicy = { description: '', approvals: 1, evidence: ['evaluation'], authenticated: true };

let folder: string;
let opened: OpenRegistry;
let store: ArtifactStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'requested-'));
  opened = await openRegistry({ url: ':memory:', policies: { production } });
  store = createFileStore(folder);
  const rows = Array.from({ length: 40 }, (_, i) =>
    pair(`q${i}`, { answer: `old ${i}`, score: i === 7 ? 1 : 0 }, { answer: `new ${i}`, score: i === 7 ? 0 : 1 }),
  ).flat();
  const results = await writeAnswers({ artifacts: store, rows });
  const [, golden] = evaluation().suites;
  const made = evaluation({ suites: [{ ...golden!, results }], models: { incumbent: 'served', tuned: 'tuned' } });
  const evidence = await store.addBytes({
    kind: 'evidence',
    bytes: Buffer.from(JSON.stringify(made)),
    ending: '.json',
    rows: 1,
  });
  for (const [candidate, weights] of [
    ['base', 'served'],
    ['tuned', 'tuned'],
  ] as const)
    await opened.registry.registerVersion({
      model: 'demo',
      candidate,
      runId: weights,
      base: 'b',
      ref: { uri: `file:///${weights}`, sha256: weights },
      systemPrompt: '',
      sampling: { temperature: 0, maxTokens: 96 },
      ...(candidate === 'tuned' && {
        evidence: { uri: evidence.uri, sha256: evidence.sha256 },
        gate: { decision: 'promote' as const, suite: 'golden', candidate: 'tuned', reasons: ['better'] },
      }),
      at,
    });
  const bootstrap = { toVersion: 1, expectedVersion: null, kind: 'bootstrap' as const, promotionId: 'first' };
  await opened.registry.moveAlias({ model: 'demo', alias: 'production', ...bootstrap, by: 'a', why: 'b', at });
});
afterEach(async () => {
  await opened.close();
  await rm(folder, { recursive: true, force: true });
});

it('a promotion that a person asks for has a page of its own, with a blind sample and what to send', async () => {
  const { registry } = opened;
  const policies = { production };
  const asked = { model: 'demo', version: 2, alias: 'production', by: 'Ada', why: 'tried it', override: false };
  const input = await promotionOf({ registry, store, policies }, asked);
  const id = requestedId(input);
  const options = { registry, store, policy: production, gateway: 'http://gateway:8080', input, id };
  const page = await requestedPage(options);
  expect(page.link).toBe(`http://gateway:8080/evidence/${id}`);
  expect(page.brief).toContain('Approving moves production of demo from version 1 to version 2');
  expect(page.brief).toContain('old 7');

  const { model, version, alias } = input;
  await registry.openPromotion({
    model,
    version,
    alias,
    id,
    expectedVersion: 1,
    evidenceSha256: input.evidence.sha256,
    reasons: [],
    approvalsNeeded: 1,
    at,
  });
  const found = await findEvidence(id, { artifacts: store, registry });
  const html = await readPage(store, found!);
  expect(html).toContain(`npx whetstone approve ${id} --why`);
  expect(html).toContain('Grade a sample blind');
  expect(html).not.toContain('Calls of the run so far');
  const sample = await openSample({ registry, artifacts: store, promotion: id, by: 'Ada', questions: 20 });
  expect(sample.left).toHaveLength(20);
});

it('names what is gone, where the answers are not there any more', async () => {
  const { registry } = opened;
  const asked = { model: 'demo', version: 2, alias: 'production', by: 'Ada', why: 'tried it', override: false };
  const input = await promotionOf({ registry, store, policies: { production } }, asked);
  for (const name of await readdir(join(folder, 'results'))) await rm(join(folder, 'results', name));
  await expect(
    requestedPage({ registry, store, policy: production, gateway: undefined, input, id: 'p' }),
  ).rejects.toThrow(/results/);
});
