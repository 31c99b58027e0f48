import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openArtifacts } from '../artifacts/open.ts';
import { resolvePaths } from '../configs/paths.ts';
import { chunkDocument } from '../documents/chunk.ts';
import { passageOf } from '../documents/layers/passage.ts';
import { readDocuments } from '../documents/read.ts';
import { openRegistry } from '../registry/open.ts';
import { openRetrievalHere } from '../retrieval/open-here.ts';
import type { Document } from '../schema/data.ts';
import type { Citation, IndexRef } from '../schema/retrieval.ts';
import { lookForPython } from '../worker/system/python.ts';
import { openBookOf } from './support/open-book.ts';
import { freePorts } from './support/system.ts';

/** The gateway as a process over a real index of the sample, with no model server: what quotes answers, and what it cites is there. */

const ROOT = resolve(import.meta.dirname, '..');
const AT = new Date().toISOString();
const STAFF = 'The midwife on call at night this month is Ann Example.';

let state = '';
let url = '';
let gateway: ChildProcess | undefined;
let documents: Document[] = [];
let index: IndexRef;
const env = () => ({ ...process.env, WHETSTONE_STATE: state, WHETSTONE_GATEWAY: url });

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'whetstone-open-book-'));
  const paths = resolvePaths({ ...process.env, WHETSTONE_STATE: state });
  await openArtifacts({ location: paths.artifacts, cacheDir: paths.artifactCache, env: process.env });
  const rota = join(state, 'rota.md');
  await writeFile(rota, `---\ngroups: [midwives]\n---\n\n# Rota\n\n${STAFF}\n`);
  documents = [
    ...(await readDocuments({
      sources: 'datasets/samples/womens-health',
      projectRoot: ROOT,
      allowedRoots: [ROOT],
    })),
    ...(await readDocuments({ sources: rota, projectRoot: ROOT, allowedRoots: [state] })),
  ];
  const retrieval = openRetrievalHere({
    env: process.env,
    paths,
    keys: { env: process.env, servers: {} },
    say: () => {},
    python: async () => (await lookForPython({ projectRoot: ROOT, home: paths.home, env: process.env })).python,
  });
  const passages = documents.flatMap((document) =>
    chunkDocument(document, { maxTokens: 160 }).map((chunk) => passageOf(chunk, document)),
  );
  ({ index } = await retrieval.indexer.index({ name: 'womens-health', passages, embedding: 'builtin' }));
  await retrieval.close();

  const policies = { production: { description: '', approvals: 0, evidence: [] } };
  const { registry, close } = await openRegistry({ url: paths.registry, policies });
  await registry.registerVersion({
    model: 'womens-health',
    candidate: 'quote',
    runId: 'run',
    base: 'none',
    ref: { kind: 'quote', sentences: 3, rule: 1 },
    systemPrompt: '',
    sampling: { temperature: 0, maxTokens: 96 },
    openBook: openBookOf({ index }),
    at: AT,
  });
  const about = { model: 'womens-health', alias: 'production', expectedVersion: null, at: AT };
  await registry.openPromotion({ ...about, id: 'p', version: 1, reasons: [], approvalsNeeded: 0 });
  await registry.moveAlias({ ...about, toVersion: 1, by: 'ann', why: 'x', kind: 'promote', promotionId: 'p' });
  await close();

  const [port = 0, nobody = 0] = await freePorts(2);
  url = `http://127.0.0.1:${port}`;
  gateway = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, 'serving/main.ts')], {
    env: {
      ...env(),
      WHETSTONE_GATEWAY_PORT: String(port),
      WHETSTONE_MODEL_SERVER: `http://127.0.0.1:${nobody}`,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const isUp = () =>
    fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isUp())) await sleep(50);
});
afterAll(async () => {
  gateway?.kill('SIGKILL');
  if (state) await rm(state, { recursive: true, force: true });
});

const whetstone = async (args: string[], more: Record<string, string> = {}) =>
  promisify(execFile)(process.execPath, [join(ROOT, 'bin/whetstone.mjs'), ...args], { env: { ...env(), ...more } });

interface Told {
  answer: string;
  id: string;
  outcome: string;
  citations: Citation[];
}
const ask = async (question: string, more: Record<string, string> = {}) =>
  JSON.parse((await whetstone(['ask', 'womens-health', question, '--json'], more)).stdout) as Told;

it('quotes what a document says, word for word, with no model server', async () => {
  const told = await ask('When does an anomaly scan usually happen?');
  expect(told.answer).toContain('An anomaly scan usually happens between 18 and 21 weeks of pregnancy.');
  expect(told.outcome).toBe('quoted');
  for (const { documentId, start, end, text } of told.citations) {
    const document = documents.find(({ id }) => id === documentId);
    expect(document?.text.slice(start, end).replace(/\s+/g, ' ')).toBe(text);
  }
});

it('says that the documents do not say', async () => {
  expect(await ask('How do I reset my router?')).toMatchObject({
    answer: "The documents don't say.",
    outcome: 'not said',
    citations: [],
  });
});

it('shows what is for a group to nobody but the bearer of its key', async () => {
  const question = 'Which midwife is on call at night this month?';
  expect((await ask(question)).answer).not.toContain('Ann Example');
  const granted = await whetstone(['keys', 'grant', '--subject', 'Ada Long', '--group', 'midwives', '--json']);
  const { token, id } = JSON.parse(granted.stdout) as { token: string; id: string };
  expect((await ask(question, { WHETSTONE_KEY: token })).answer).toContain(STAFF);
  await whetstone(['keys', 'revoke', id, '--why', 'lost']);
  await expect(ask(question, { WHETSTONE_KEY: token })).rejects.toThrow(/was revoked/);
});

it('names its sources for people, and follows an answer to them', async () => {
  const { stdout, stderr } = await whetstone(['ask', 'womens-health', 'When is a dating scan done?', '--sources']);
  expect(stdout).toContain(`Quoted from index womens-health, snapshot ${index.sha256.slice(0, 12)}:`);
  expect(stdout).toMatch(/ 1\. .+ \(articles\/.+, characters \d+ to \d+\), score 0\.\d\d/);
  const [, id = ''] = /answer (ans-\S+)\)/.exec(stderr) ?? [];
  const why = await whetstone(['why', id]);
  expect(why.stdout).toContain(`index womens-health\n    sha256 ${index.sha256}`);
  expect(why.stdout).toMatch(/passage articles\//);
  const log = await readFile(join(state, 'answers.jsonl'), 'utf8');
  expect(log).toContain(id);
  expect(log).not.toMatch(/dating scan|router|Ann Example/);
});
