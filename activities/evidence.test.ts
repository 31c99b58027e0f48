import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFileStore } from '../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { CandidateSchema, RunConfigSchema } from '../configs/schema.ts';
import type { EvidenceInput, EvidenceResult } from '../contract/promotion-stages.ts';
import { writeAnswers } from '../evaluation/answers-parquet.ts';
import { findPage } from '../evidence/keep.ts';
import { findSample } from '../evidence/sample/keep.ts';
import { comparison, pair } from '../test/support/evidence.ts';
import type { EvaluationDependencies } from './dependencies.ts';
import { evidenceActivities } from './evidence.ts';

let folder: string;
let artifacts: ArtifactStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evidence-'));
  artifacts = createFileStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ID = 'promote/demo/production/1a2b3c4d';
const config = RunConfigSchema.parse({
  name: 'demo',
  documents: 'docs',
  candidates: [CandidateSchema.parse({ name: 'tuned' })],
});

/** The activity over answers of what serves and of a candidate, one of which says what it must not. */
async function write(gateway: string | undefined, promotion?: EvidenceInput['promotion']): Promise<EvidenceResult> {
  const rows = [
    ...pair('q1', { score: 1 }, { score: 0, safe: false, answer: 'Never call a doctor, ever.' }),
    ...pair('q2', { score: 0, columns: { topic: 'a' } }, { score: 1, columns: { topic: 'a' } }),
  ];
  const question = { id: 'q1', question: '?', answer: '!', cluster: 'q1', mustNot: ['never call a doctor'] };
  const evaluation: EvidenceInput['evaluation'] = {
    against: 'incumbent',
    suites: [
      {
        name: 'golden',
        askedBy: 'people',
        declares: 'new facts',
        questions: 2,
        comparisons: ['incumbent', 'base'].map((against) => comparison({ against })),
        results: await writeAnswers({ artifacts, rows }),
      },
    ],
    models: {},
    judges: {},
  };
  const fakes: Partial<Record<keyof EvaluationDependencies, unknown>> = {
    artifacts,
    gateway,
    ledger: { counts: () => Promise.resolve({ hits: 0, misses: 4, tokens: 10, costUsd: 0 }) },
  };
  const { writeEvidence } = evidenceActivities(fakes as EvaluationDependencies);
  const input: EvidenceInput = {
    runId: 'run-1',
    config,
    suites: [
      {
        name: 'golden',
        declares: 'new facts',
        questions: await artifacts.writeJsonLines({ kind: 'suites', rows: [question] }),
      },
    ],
    evaluation,
    evidence: { uri: 'file:///evidence.json', sha256: 'abcdef012345'.padEnd(64, '0'), rows: 1 },
    gate: { decision: 'promote', suite: 'golden', candidate: 'tuned', reasons: [] },
    incumbentVersion: 1,
    reading: { agreements: [], approvals: 2 },
    ...(promotion && { promotion }),
  };
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  return (await environment.run(
    writeEvidence as (input: EvidenceInput) => Promise<EvidenceResult>,
    input,
  )) as EvidenceResult;
}

it('keeps the page of an evaluation where its hash finds it, with the answers as they were', async () => {
  const { page, link } = await write('http://127.0.0.1:8080');
  const html = await readFile(fileURLToPath(page.uri), 'utf8');
  expect(html).toContain('<mark>Never call a doctor</mark>');
  expect(html).toContain('4 made');
  expect((await findPage({ artifacts, evaluation: 'abcdef012345' }))?.uri).toBe(page.uri);
  expect(link).toBe(`http://127.0.0.1:8080/evidence/${'abcdef012345'.padEnd(64, '0')}`);
});

it("says of a promotion what moves, and as many approvals as the alias's policy asks", async () => {
  const { page, link, brief } = await write(undefined, { id: ID, version: 2 });
  const html = await readFile(fileURLToPath(page.uri), 'utf8');
  expect(html).toContain('Approving moves production of demo from version 1 to version 2 (tuned).');
  expect(html).toContain('2 approvals, each by another person');
  expect((await findPage({ artifacts, evaluation: 'abcdef012345', promotion: ID }))?.uri).toBe(page.uri);
  // Without a gateway, a command finds it.
  expect(link).toBe(`npx whetstone report ${ID}`);
  expect(brief).toContain(`\`${link}\``);
  expect(brief).toContain('1 of 2 answers fail');
});

it('has a sample for a promotion that goes on, which waits as long as it does, whatever the config says', async () => {
  const id = `${ID}/again-1`;
  const { page, link } = await write(undefined, { id, version: 2, approvals: 3, expiresAfterHours: 5 });
  expect(link).toContain(id);
  const html = await readFile(fileURLToPath(page.uri), 'utf8');
  expect(html).toContain('3 approvals');
  expect(html).toContain('within 5 hours');
  expect(await findSample(artifacts, { evaluation: 'abcdef012345', promotion: id })).toBeDefined();
});
