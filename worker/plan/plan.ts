import { probit } from 'simple-statistics';
import { suiteName } from '../../configs/check-names.ts';
import type { JudgeSpec, RemoteModelSpec, RunConfig } from '../../configs/schema.ts';
import { chunkDocument } from '../../datasets/chunk.ts';
import { generationRequest, parseGeneration } from '../../datasets/generate.ts';
import { readDocuments } from '../../datasets/read.ts';
import type { Chunk, QaPair } from '../../datasets/schema.ts';
import { readSuiteFile } from '../../activities/suite-file.ts';
import { judgementRequest } from '../../judges/llm.ts';
import { loadRubric } from '../../judges/rubrics.ts';
import { likelyInputTokens } from '../../providers/call-cost.ts';
import { createChatModel } from '../../providers/index.ts';
import type { Ledger } from '../../providers/ledger.ts';
import type { ChatModel, ChatReply } from '../../providers/types.ts';
import { factsPerChunk } from '../../workflows/shards.ts';
import { detectableDifference, forecastStage, type Range, type StageForecast } from './forecast.ts';

export interface Plan {
  documents: number;
  chunks: number;
  stages: StageForecast[];
  /** What the gate can show on its suite, for shares of questions that the two models answer differently. */
  gate: { suite: string; clusters: number; detectable: { discordant: number; difference: number }[] };
}

const POWER = 0.8;
const DISCORDANT = [0.1, 0.3, 0.5];
/** Of the facts asked of a passage, the share that passages surely state. */
const FEWEST_FACTS = 0.5;

/** Forecasts a run from its documents and from what the ledger knows. Asks no model and needs no key. */
export async function planRun(options: {
  config: RunConfig;
  projectRoot: string;
  allowedRoots: string[];
  ledger: Ledger;
}): Promise<Plan> {
  const { config, ledger, ...where } = options;
  const documents = await readDocuments({ ...where, sources: config.documents });
  const chunks = documents.flatMap((document) => chunkDocument(document, config.chunking));
  const facts = factsPerChunk(chunks.length, config.generation);
  const generated = await planGeneration({ config, ledger, chunks, facts });
  const stages = [...generated.stages];
  for (const judge of config.judges) {
    if (typeof judge !== 'string') stages.push(await planJudge({ judge, ledger, chunks, generated }));
  }
  return {
    documents: documents.length,
    chunks: chunks.length,
    stages,
    gate: await planGate({ config, where, facts: chunks.length * facts }),
  };
}

interface Generated {
  stages: StageForecast[];
  /** Pairs of the replies that the ledger holds. */
  pairs: QaPair[];
  /** Pairs still to come. */
  coming: Range;
}

async function planGeneration(options: {
  config: RunConfig;
  ledger: Ledger;
  chunks: Chunk[];
  facts: number;
}): Promise<Generated> {
  const { config, ledger, chunks, facts } = options;
  const { teacher, generation } = config;
  const { phrasings } = generation;
  const most = chunks.length * facts * phrasings;
  if (teacher.provider === 'builtin')
    return { stages: [], pairs: [], coming: { low: most * FEWEST_FACTS, high: most } };
  const { temperature, maxTokens } = teacher;
  const requests = chunks.map((chunk) =>
    generationRequest({ chunk, facts, phrasings, sample: 0, temperature, maxTokens }),
  );
  const model = modelOf(teacher);
  const replies = await ledger.peek(model, requests);
  const pairs = chunks.flatMap((chunk, i) => pairsOf(replies[i], chunk, phrasings));
  const missing = requests.filter((_, i) => replies[i] === undefined);
  const perFact = 15 * phrasings + 100;
  const stage = forecastStage({
    stage: 'generation',
    spec: teacher,
    calls: { low: missing.length, high: missing.length },
    known: requests.length - missing.length,
    inputTokens: mean(missing.map((request) => likelyInputTokens(request))),
    guess: { low: facts * perFact * 0.5, high: facts * perFact * 1.5 },
    usual: await ledger.usual(model, 'facts'),
  });
  const comingMost = missing.length * facts * phrasings;
  return { stages: [stage], pairs, coming: { low: comingMost * FEWEST_FACTS, high: comingMost } };
}

function pairsOf(reply: ChatReply | undefined, chunk: Chunk, phrasings: number): QaPair[] {
  return reply ? parseGeneration({ reply: reply.text, chunk, phrasings, teacher: '', sample: 0 }).pairs : [];
}

async function planJudge(options: {
  judge: Exclude<JudgeSpec, string>;
  ledger: Ledger;
  chunks: Chunk[];
  generated: Generated;
}): Promise<StageForecast> {
  const { judge, ledger, chunks, generated } = options;
  const rubric = loadRubric(judge.rubric);
  const texts = new Map(chunks.map(({ id, text }) => [id, text]));
  const known = generated.pairs.map(({ question, answer, chunkId }) =>
    judgementRequest(rubric, { question, answer, context: texts.get(chunkId) }),
  );
  const model = modelOf(judge.model);
  const answered = (await ledger.peek(model, known)).filter(Boolean).length;
  const typical = chunks.slice(0, 200).map(({ text }) => {
    const sentence = text.slice(0, 120);
    return likelyInputTokens(judgementRequest(rubric, { question: sentence, answer: sentence, context: text }));
  });
  const left = known.length - answered;
  return forecastStage({
    stage: `judging by llm-${judge.rubric}`,
    spec: judge.model,
    calls: { low: left + generated.coming.low, high: left + generated.coming.high },
    known: answered,
    inputTokens: mean(typical),
    guess: { low: 30, high: 120 },
    usual: await ledger.usual(model, 'judgement'),
  });
}

async function planGate(options: {
  config: RunConfig;
  where: { projectRoot: string; allowedRoots: string[] };
  facts: number;
}): Promise<Plan['gate']> {
  const { config, where, facts } = options;
  const { suite, confidence } = config.gate;
  const file = config.evaluation.suites.find((one) => suiteName(one) === suite) ?? suite;
  const { target, phrasings } = config.generation;
  const clusters =
    file === 'test'
      ? Math.min(facts, Math.floor(target / phrasings))
      : (await readSuiteFile({ ...where, suite: file })).length;
  const z = { zConfidence: probit(0.5 + confidence / 2), zPower: probit(POWER) };
  const detectable = DISCORDANT.map((discordant) => ({
    discordant,
    difference: detectableDifference({ clusters, discordant, ...z }),
  }));
  return { suite, clusters, detectable };
}

/** The model's identity alone: it is not asked, so any key does, for any server. */
function modelOf(spec: RemoteModelSpec): ChatModel {
  const variable = spec.apiKeyEnv ?? (spec.provider === 'openai' ? 'OPENAI_API_KEY' : 'HF_TOKEN');
  return createChatModel(spec, {
    env: { [variable]: 'not-used' },
    servers: { [variable]: ['http*://*', 'http*://*:*'] },
  });
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
