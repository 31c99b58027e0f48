import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { RunConfigSchema } from '../../configs/schema.ts';
import { createMetric } from '../../judges/index.ts';
import type { Evaluation } from '../../schema/evaluation.ts';
import { fakeEvaluation } from '../../test/support/fake-activities.ts';
import { readSuiteFile } from './file.ts';
import { findStaleSuites } from './stale.ts';

let folder: string;
let artifacts: ArtifactStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-stale-'));
  artifacts = createFileStore(join(folder, 'artifacts'));
  await write('28 days.');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (answer: string) =>
  writeFile(join(folder, 'golden.jsonl'), `${JSON.stringify({ question: 'How long is a cycle?', answer })}\n`);
const sources = () => ({ projectRoot: folder, allowedRoots: [folder], artifacts });

const judges = (version = createMetric('correctness').version) => ({ correctness: { name: 'correctness', version } });

/** An evaluation of the suite as it is in its file now. */
async function evaluated(more: Partial<Evaluation> = {}): Promise<{ evidence: { uri: string } }> {
  const { questions } = await readSuiteFile({ ...sources(), suite: 'golden.jsonl' });
  const marked = questions.map((question) => ({ ...question, taught: { known: true, score: 1 } }));
  const config = RunConfigSchema.parse({
    name: 'demo',
    documents: 'docs',
    evaluation: { suites: ['test', 'golden.jsonl'] },
  });
  const suite = { name: 'golden', declares: 'new facts' as const };
  const frozen = { ...suite, questions: await artifacts.writeJsonLines({ kind: 'suites', rows: marked }) };
  const rows = [{ config, configHash: 'c', suites: [frozen], bases: {} }];
  const plan = await artifacts.writeJsonLines({ kind: 'evaluation-plans', rows });
  const evaluation = { ...fakeEvaluation(0.5), judges: judges(), plan, ...more };
  const bytes = Buffer.from(JSON.stringify(evaluation));
  return { evidence: await artifacts.addBytes({ kind: 'evidence', bytes, ending: '.json', rows: 1 }) };
}

it('is fresh while suites and judges are what they were, and where a file is gone', async () => {
  const made = await evaluated();
  expect(await findStaleSuites(made, sources())).toEqual([]);
  await rm(join(folder, 'golden.jsonl'));
  expect(await findStaleSuites(made, sources())).toEqual([]);
});

it('is stale once a suite has other questions', async () => {
  const made = await evaluated();
  await write('29 days.');
  expect(await findStaleSuites(made, sources())).toEqual(['suite golden has other questions than were asked']);
});

it('is stale once a judge is another version', async () => {
  const made = await evaluated({ judges: judges('0.9') });
  expect(await findStaleSuites(made, sources())).toEqual([
    `the judge of correctness is another version: 0.9 judged, ${createMetric('correctness').version} would now`,
  ]);
});

it('of before its plan was written down says what it can', async () => {
  const of = { plan: undefined, judges: { ...judges('0.9'), facts: { name: 'facts', version: '0.1' } } };
  expect(await findStaleSuites(await evaluated(of), sources())).toHaveLength(1);
});
