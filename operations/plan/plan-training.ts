import {
  baseSource,
  isTrained,
  isTrl,
  recipeOf,
  stepsOf,
  type CandidateOf,
  type RunConfig,
  type TrainedCandidate,
  maxSequenceTokensOf,
} from '../../configs/schema.ts';
import type { Chunk } from '../../schema/data.ts';
import type { SuiteQuestion } from '../../schema/evaluation.ts';
import type { PairToImport } from '../../generation/imports/read-imports.ts';
import type { PastTraining } from '../../providers/training/past-trainings.ts';
import { PRETRAINING } from '../../providers/training/trl-config.ts';
import { mean, type Range } from './forecast.ts';
import type { Generated } from './further.ts';
import { ANSWERS_PER_TRAINED, parametersOf, rateOf, type Machine, type Rate } from './training-rate.ts';

/** How long this machine trains and answers: estimates, from tokens and from how many of them go through in a second. */

export interface LocalForecast {
  what: string;
  /** How much there is to do, in words. */
  work: string;
  /** Undefined where it can't be known; `from` says why. */
  seconds: Range | undefined;
  from: string;
}

/** Characters of English that one token stands for, and tokens of a chat template around a question and its answer. */
const CHARACTERS = 4;
const TEMPLATE_TOKENS = 12;
/** How far the mean length of the examples may lie from that of the pairs seen here. */
const SPREAD = 1.3;
/** Tokens of a pair that nobody has written yet. */
const UNSEEN_PAIR: Range = { low: 30, high: 100 };
/** Of the pairs, the share that judges and filters surely leave. */
const FEWEST_KEPT = 0.5;
/** Tokens of a sentence that is put into a prompt. */
const SENTENCE_TOKENS = 25;
/** Tokens of a chunk's word. */
const WORD_TOKENS = 1.5;
/** Tokens of a question asked, and of the shortest answers. */
const QUESTION_TOKENS = 30;
const SHORT_ANSWER = 12;
/** Weights take two bytes a parameter. */
const PARAMETER_BYTES = 2;

interface Known {
  config: RunConfig;
  chunks: readonly Chunk[];
  imports: readonly PairToImport[];
  generated: Generated;
  suites: readonly { questions: readonly SuiteQuestion[] }[];
  past: readonly PastTraining[];
  machine: Machine;
}

export function planTraining(known: Known): LocalForecast[] {
  // What quotes the documents, and a prompt, is there at once.
  const trained = known.config.candidates.filter(isTrained);
  const trainings = trained.map((candidate) => ofTraining(candidate, known));
  return [...trainings, ofAnswers(known)];
}

function ofTraining(candidate: TrainedCandidate, known: Known): LocalForecast {
  const { past, machine } = known;
  const { name, provider } = candidate;
  const what = `training of ${name}`;
  if (!isTrl(candidate))
    return { what, work: `by ${provider}`, seconds: undefined, from: `how fast ${provider} trains can't be known` };
  const examples = examplesOf(candidate, known);
  const steps = both(examples.count, (count) => stepsOf(candidate, count));
  const tokens = both(steps, (count) => count * candidate.batchSize);
  const work = `${words(steps)} steps of ${candidate.batchSize} examples`;
  const rate = rateOf({ candidate, past, machine });
  if ('unknown' in rate) return { what, work, seconds: undefined, from: rate.unknown };
  const made =
    candidate.base === 'tiny-llama' ? PRETRAINING.maxSteps * PRETRAINING.batchSize * PRETRAINING.blockTokens : 0;
  const seconds = {
    low: (tokens.low * examples.tokens.low) / rate.tokensPerSecond.high,
    // tiny-llama is made of the documents first, once.
    high: (tokens.high * examples.tokens.high + made) / rate.tokensPerSecond.low,
  };
  const fetched = baseSource(candidate.base)?.kind === 'hub' ? '; without fetching the base' : '';
  return { what, work, seconds, from: `${rate.from}${fetched}` };
}

/** Training examples and their mean length, with what the recipe adds. */
function examplesOf(candidate: CandidateOf<'trl'>, known: Known): { count: Range; tokens: Range } {
  const { config, chunks, imports, generated } = known;
  const { generation, split, serving } = config;
  const texts = [...generated.pairs.map(({ pair }) => pair), ...imports.map(({ pair }) => pair)].map(
    ({ question, answer }) => question.length + answer.length,
  );
  const around = mean(texts) / CHARACTERS + TEMPLATE_TOKENS;
  const pair = texts.length > 0 ? { low: around / SPREAD, high: around * SPREAD } : UNSEEN_PAIR;
  const share = Math.max(1, generation.phrasings - split.heldOutPhrasings) / generation.phrasings;
  const pairs = both(keptPairs(known), (count) => count * share);

  const bytes = (parametersOf(candidate.base) ?? 0) * PARAMETER_BYTES;
  const facts = recipeOf(candidate, bytes) === 'facts';
  const { restatements, passages, generalChat } = candidate.facts;
  const added = facts ? passages * chunks.length : 0;
  const all = both(pairs, (count) => {
    const restated = facts ? (restatements * count) / Math.max(1, generation.phrasings - split.heldOutPhrasings) : 0;
    return Math.max(1, (count + restated + added) / (1 - (facts ? generalChat : 0)));
  });
  const system = serving.systemPrompt.length / CHARACTERS;
  const passage = mean(chunks.map(({ tokens }) => tokens)) * WORD_TOKENS;
  const book = candidate.openBook ? candidate.openBook.share * foundTokens(known) : 0;
  const tokens = (of: number, count: number) =>
    Math.min(maxSequenceTokensOf(candidate), system + of + book + (Math.max(0, passage - of - book) * added) / count);
  return { count: all, tokens: { low: tokens(pair.low, all.high), high: tokens(pair.high, all.low) } };
}

/** Tokens of what is found in the documents for a question. */
function foundTokens({ config, chunks }: Known): number {
  const { retrieval } = config;
  if (!retrieval) return 0;
  const each =
    retrieval.unit === 'sentences' ? SENTENCE_TOKENS : mean(chunks.map(({ tokens }) => tokens)) * WORD_TOKENS;
  return Math.min(retrieval.budgetTokens, retrieval.k * each);
}

/** Each base and each candidate answers every suite, with documents also from them; what serves now may as well. */
function ofAnswers(known: Known): LocalForecast {
  const { config, past, machine } = known;
  const questions = questionsOf(known);
  // What a provider hosts answers at the provider's own speed.
  const ours = config.candidates.filter(isTrl);
  const bases = [...new Set(ours.map(({ base }) => base))];
  const models = [...bases.map((base) => ({ base, lora: undefined })), ...ours];
  const arms = config.retrieval ? [...models, ...models] : models;
  const what = 'answers to suites';
  const twice = config.retrieval ? ', each with the documents and without,' : '';
  const work = `${words(questions)} questions, by ${models.length} models${twice} and by what serves now`;
  const rates: Rate[] = [];
  for (const candidate of arms) {
    const rate = rateOf({ candidate, past, machine });
    if ('unknown' in rate) return { what, work, seconds: undefined, from: rate.unknown };
    rates.push(rate);
  }
  // Half of the answers are given from the documents.
  const prompt = QUESTION_TOKENS + foundTokens(known) / 2 + config.serving.systemPrompt.length / CHARACTERS;
  const longest = config.serving.maxTokens;
  const take = (count: number, answer: number, speed: number) =>
    (count * (prompt + answer)) / (ANSWERS_PER_TRAINED * speed);
  const low = rates.reduce(
    (sum, rate) => sum + take(questions.low, Math.min(SHORT_ANSWER, longest), rate.tokensPerSecond.high),
    0,
  );
  if (rates.length === 0) return { what, work, seconds: undefined, from: 'each is answered where its model is hosted' };
  const slowest = Math.min(...rates.map((rate) => rate.tokensPerSecond.low));
  const high = rates.reduce(
    (sum, rate) => sum + take(questions.high, longest, rate.tokensPerSecond.low),
    take(questions.high, longest, slowest),
  );
  return { what, work, seconds: { low, high }, from: 'from the speed of training: a third of its operations a token' };
}

function questionsOf(known: Known): Range {
  const { config, suites } = known;
  const { maxQuestions } = config.evaluation;
  const { phrasings } = config.generation;
  const asked = suites.reduce((sum, suite) => sum + Math.min(suite.questions.length, maxQuestions), 0);
  if (!config.evaluation.suites.includes('test')) return { low: asked, high: asked };
  const held = Math.min(config.split.heldOutPhrasings, phrasings - 1) / phrasings;
  return both(keptPairs(known), (count) => asked + Math.min(maxQuestions, held * count));
}

/** Pairs of the dataset, over all splits. */
function keptPairs({ config, generated, imports }: Known): Range {
  const kept = (coming: number, share: number) =>
    Math.min(config.generation.target, share * (generated.pairs.length + coming) + imports.length);
  return { low: kept(generated.coming.low, FEWEST_KEPT), high: kept(generated.coming.high, 1) };
}

const both = ({ low, high }: Range, of: (value: number) => number): Range => ({ low: of(low), high: of(high) });

function words({ low, high }: Range): string {
  const [from, to] = [Math.round(low).toLocaleString('en'), Math.round(high).toLocaleString('en')];
  return from === to ? from : `${from} to ${to}`;
}
