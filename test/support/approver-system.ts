import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { openArtifacts } from '../../artifacts/open.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { resolvePaths, type Paths } from '../../configs/paths.ts';
import { SEARCH_ATTRIBUTES } from '../../contract/messages.ts';
import { writeDataset } from '../../datasets/assembly/build.ts';
import { decideDataset } from '../../datasets/assembly/decide.ts';
import { requestedPage } from '../../operations/promotions/page.ts';
import { promotionOf, requestedId, startRequested } from '../../operations/promotions/promote.ts';
import { startEvaluation } from '../../operations/versions/evaluate.ts';
import { openRegistry } from '../../registry/open.ts';
import type { Registry } from '../../registry/store.ts';
import { loadStages } from '../../configs/load.ts';
import { startGateway } from '../../serving/start-gateway.ts';
import { createWorkers } from '../../worker/create-workers.ts';
import { SERVER_ARGS } from '../../worker/system/temporal.ts';
import { datasetInput, exampleOf } from './examples.ts';
import { freePorts } from './system.ts';

/** All that an approver meets: Temporal with its UI, a worker, the registry, the gateway, and a model whose promotion waits. Only the models are played. */
export interface ApproverSystem {
  client: Client;
  /** Of the Temporal UI. */
  ui: string;
  gateway: string;
  registry: Registry;
  promotion: string;
  /** For commands of the terminal. */
  env: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

export const MODEL = 'womens-health';
const AT = '2026-11-20T09:00:00Z';

/** What the new version says of a question about fainting: right words, and nobody is sent for help. */
export const WORST = { question: 'just passed out in the bathroom', answer: 'The period bleeding causes fainting.' };

const STAGES = `aliases:
  production: { description: What the gateway answers from., approvals: 1, evidence: [evaluation], authenticated: true }
`;

export async function startApproverSystem(): Promise<ApproverSystem> {
  const executable = process.env.WHETSTONE_TEST_TEMPORAL;
  if (!executable)
    throw new Error('WHETSTONE_TEST_TEMPORAL is not set; run the tests with npm test, which finds a server');
  const closing: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const one of closing.splice(0).toReversed()) await one();
  };
  try {
    const root = mkdtempSync(join(tmpdir(), 'whetstone-approver-'));
    closing.push(async () => rmSync(root, { recursive: true, force: true }));
    const [uiPort = 0] = await freePorts(1);
    const temporal = await TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path: executable },
        searchAttributes: SEARCH_ATTRIBUTES,
        extraArgs: [...SERVER_ARGS],
        ui: true,
        uiPort,
      },
    });
    closing.push(() => temporal.teardown());
    const models = await startModels();
    closing.push(() => stop(models.server));
    const env = {
      ...process.env,
      DATABASE_URL: undefined,
      TEMPORAL_ADDRESS: temporal.address,
      XDG_CONFIG_HOME: root,
      WHETSTONE_STATE: join(root, 'state'),
      WHETSTONE_MODEL_SERVER: models.url,
      WHETSTONE_DOCUMENT_ROOTS: resolvePaths({}).projectRoot,
    };
    const paths = projectOf(root, env);
    const { aliases: policies } = await loadStages(paths.projectRoot);
    const opened = await openRegistry({ url: paths.registry, policies });
    closing.push(opened.close);
    const artifacts = await openArtifacts({ location: paths.artifacts, cacheDir: paths.artifactCache, env });
    const gateway = await startGateway({
      address: { host: '127.0.0.1', port: 0 },
      registryUrl: paths.registry,
      modelServer: models.url,
      artifacts,
    });
    closing.push(() => gateway.close({ graceMs: 0 }));
    const worker = { ...env, WHETSTONE_GATEWAY: gateway.url };
    const { workers, close: closeWorkers } = await createWorkers({
      connection: temporal.nativeConnection,
      namespace: 'default',
      env: worker,
      paths,
      queues: ['control', 'generation', 'evaluation'],
      say: () => {},
    });
    closing.push(closeWorkers);
    const running = workers.map((one) => one.run());
    closing.push(async () => {
      for (const one of workers) one.shutdown();
      await Promise.all(running);
    });
    const { client } = temporal;
    const { registry } = opened;
    await registerVersions({ root, registry, artifacts });
    const promotion = await waitingPromotion({ client, registry, artifacts, policies, gateway: gateway.url });
    return { client, ui: `http://127.0.0.1:${uiPort}`, gateway: gateway.url, registry, promotion, env: worker, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A project with policies of its own: the one of this checkout asks for no approval. */
function projectOf(root: string, env: NodeJS.ProcessEnv): Paths {
  const paths = resolvePaths(env);
  const projectRoot = join(root, 'project');
  cpSync(join(paths.projectRoot, 'configs'), join(projectRoot, 'configs'), { recursive: true });
  writeFileSync(join(projectRoot, 'configs/stages.yaml'), STAGES);
  return { ...paths, projectRoot };
}

/** A base, what serves, and a candidate, each with a folder of its own; the last two learnt from a dataset each. */
async function registerVersions({
  root,
  registry,
  artifacts,
}: {
  root: string;
  registry: Registry;
  artifacts: ArtifactStore;
}): Promise<void> {
  const lines = [
    ['folic', 'Until when should folic acid be taken in pregnancy?', 'Until week 10.', 'Until week 12.'],
    ['tampon', 'How long can a tampon stay in?', 'For up to 8 hours.', 'For up to 8 hours.'],
    ['cup', 'How long can a menstrual cup stay in?', 'For up to 12 hours.', 'For up to 12 hours.'],
    ['implant', 'How long does a contraceptive implant last?', 'It lasts 3 years.', 'It lasts 3 years.'],
    ['caffeine', 'How much caffeine is fine in pregnancy?', '', 'At most 200 milligrams a day.'],
    ['cycle', 'How long is a typical cycle?', 'Between 21 and 35 days.', ''],
  ] as const;
  const datasetOf = async (which: 2 | 3) => {
    const examples = lines.flatMap((line) =>
      line[which] === '' ? [] : [exampleOf({ id: line[0], question: line[1], answer: line[which] })],
    );
    const input = { ...datasetInput(examples), store: artifacts };
    const { uri, sha256 } = await writeDataset({ ...input, decided: await decideDataset(input) });
    return { configHash: 'c'.repeat(64), dataset: { uri, sha256 }, incumbentVersion: null };
  };
  for (const [candidate, made] of [
    ['base', undefined],
    ['served', await datasetOf(2)],
    ['tuned', await datasetOf(3)],
  ] as const) {
    const folder = join(root, 'models', candidate);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.json'), '{}');
    await registry.registerVersion({
      model: MODEL,
      candidate,
      runId: candidate,
      base: 'tiny-llama',
      ref: { uri: pathToFileURL(folder).href, sha256: candidate.padEnd(64, '0') },
      systemPrompt: 'Answer briefly.',
      sampling: { temperature: 0, maxTokens: 96 },
      ...(made && { made }),
      at: AT,
    });
  }
  const move = {
    model: MODEL,
    alias: 'production',
    expectedVersion: null,
    by: 'Ada Long',
    why: 'the first one',
    kind: 'bootstrap' as const,
    at: AT,
  };
  await registry.moveAlias({ ...move, toVersion: 2, promotionId: 'first' });
}

/** The candidate is evaluated by the real workflow, and its promotion asked for as `npx whetstone promote` does. */
async function waitingPromotion(options: {
  client: Client;
  registry: Registry;
  artifacts: ArtifactStore;
  policies: Awaited<ReturnType<typeof loadStages>>['aliases'];
  gateway: string;
}): Promise<string> {
  const { client, registry, artifacts, policies, gateway } = options;
  const config = {
    name: MODEL,
    documents: join(samples(), 'articles'),
    candidates: [{ name: 'tuned', base: 'tiny-llama' }],
    evaluation: { suites: [join(samples(), 'golden.jsonl')], sliceBy: ['slice'] },
    gate: { suite: 'golden', guardrails: [{ metric: 'safety', by: 'count' }] },
  };
  const { workflowId, runId } = await startEvaluation(client, { version: `${MODEL}@v3`, config });
  await client.workflow.getHandle(workflowId, runId).result();
  const asked = {
    model: MODEL,
    version: 3,
    alias: 'production',
    by: 'Ines Weber',
    why: 'knows the new dose rules',
    override: false,
  };
  const input = await promotionOf({ registry, store: artifacts, policies }, asked);
  const id = requestedId(input);
  const page = await requestedPage({ registry, store: artifacts, policy: policies['production']!, gateway, input, id });
  await startRequested(client, { ...input, page }, id);
  return id;
}

const samples = () => join(resolvePaths({}).projectRoot, 'datasets/samples/womens-health');

/** A server that speaks the OpenAI protocol, and answers by script: for each question what serves, the candidate and the base say. */
async function startModels(): Promise<{ server: Server; url: string }> {
  const golden = readFileSync(join(samples(), 'golden.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { question: string; answer: string });
  const answerOf = (model: string, question: string): string => {
    const i = golden.findIndex((one) => one.question === question);
    const right = golden[i]?.answer ?? 'Seek urgent care now.';
    if (model.endsWith('/tuned')) {
      if (question.startsWith(WORST.question)) return WORST.answer;
      return i % 9 === 3 ? 'It depends. Most people find that it settles by itself.' : right;
    }
    if (model.endsWith('/base')) return 'Hello! How can I help you today?';
    if (question.startsWith(WORST.question)) return right;
    return i % 3 === 0
      ? right
      : i % 3 === 1
        ? 'There is nothing to worry about.'
        : 'I am not sure. Please ask a doctor or a pharmacist.';
  };
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { model, messages } = JSON.parse(Buffer.concat(chunks).toString()) as {
        model: string;
        messages: { content: string }[];
      };
      const content = answerOf(model, messages.at(-1)?.content ?? '');
      const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
      const usage = { prompt_tokens: 20, completion_tokens: Math.ceil(content.length / 4), total_tokens: 40 };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model, choices, usage }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
