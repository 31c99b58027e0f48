import { judgeSpecs } from '../configs/check-names.ts';
import type { JudgeSpec, RemoteModelSpec, RunConfig } from '../configs/schema.ts';
import { judgeName } from '../configs/schema.ts';
import { answerRequest } from './answer-request.ts';
import { generationRequest } from './request.ts';
import { lineRequest } from './line-format.ts';
import type { Chunk, GenerationTask } from '../schema/data.ts';
import { createJudge } from '../judges/index.ts';
import { createPairwiseJudge } from '../judges/models/pairwise.ts';
import { JudgeReplyError, type Subject } from '../judges/types.ts';
import type { ChatModel, ChatRequest, EmbeddingModel } from '../contract/ports.ts';
import { generate } from './ask-teacher.ts';
import { failedItem } from '../failures/failure-tally.ts';
import { unreadOf, type Unread } from '../replies/first-replies.ts';
import { settingsOf, writesInLines } from './teacher-settings.ts';

/** One small real request to each model of a config, in the form that the run will use. */

interface ProbeOf<Kind, Model> {
  /** `teacher`, `judge llm-faithfulness`, ... */
  use: string;
  spec: RemoteModelSpec;
  kind: Kind;
  /** The first request, for the forecast. */
  request: ChatRequest;
  /** Asks, again where the run would, and says what could not be read. @throws what the model's adapter throws */
  ask: (model: Model, signal: AbortSignal) => Promise<Unread | undefined>;
}
export type Probe = ProbeOf<'chat', ChatModel> | ProbeOf<'embedding', EmbeddingModel>;

const TEXT =
  'The blue kettle holds two litres of water. It boils within four minutes. It must never be filled above its mark.';
const CHUNK: Chunk = {
  id: 'probe#0',
  documentId: 'probe',
  index: 0,
  title: 'The blue kettle',
  headings: [],
  start: 0,
  end: TEXT.length,
  text: TEXT,
  tokens: 24,
};
const QUESTION = 'How much water does the blue kettle hold?';
const ANSWER = 'The blue kettle holds two litres of water.';
const SUBJECT: Subject = { question: QUESTION, answer: ANSWER, reference: ANSWER, context: TEXT, kind: 'factual' };

export function probesOf(config: RunConfig): Probe[] {
  const { preferences } = config.generation;
  const embedding = config.filters.semanticDuplicates?.model;
  return [
    ...(config.generation.synthetic ? teacherProbes(config) : []),
    ...judgeSpecs(config).flatMap(({ judge }) => judgeProbes(judge)),
    ...(preferences?.model ? [answeringProbe(preferences.model, config)] : []),
    ...(preferences?.confirmedBy ? [comparingProbe(preferences.confirmedBy)] : []),
    ...(embedding ? [embeddingProbe(embedding)] : []),
  ];
}

function teacherProbes(config: RunConfig): Probe[] {
  const { teacher, generation } = config;
  if (teacher.provider === 'builtin') return [];
  const [kind = 'any'] = Object.keys(generation.kinds ?? {}) as GenerationTask['kind'][];
  const chunks = kind === 'multi-hop' ? [CHUNK, { ...CHUNK, id: 'probe#1', index: 1 }] : [CHUNK];
  const task: GenerationTask = { chunks, kind, facts: 1, phrasings: Math.min(2, generation.phrasings), sample: 0 };
  const settings = settingsOf(config);
  return [
    {
      use: 'teacher',
      spec: teacher,
      kind: 'chat',
      request: writesInLines(config)
        ? lineRequest(task, generation, { settings, asked: [] })
        : generationRequest(task, generation, settings),
      ask: async (model, signal) => {
        const { pairs, rejected } = await generate({ config, teacher: model, task, signal });
        const failed = rejected.map(failedItem).find(Boolean);
        if (failed) return { cause: failed.reason, problem: failed.why, text: '' };
        return pairs.length > 0 ? undefined : unreadOf(rejected);
      },
    },
  ];
}

/** A panel is a probe for each of its models; a rule needs none, and a cascade's steps are probed by themselves. */
function judgeProbes(spec: JudgeSpec): Probe[] {
  if (typeof spec === 'string') return [];
  if ('models' in spec)
    return spec.models.map((model) => judgeProbe({ judge: 'llm', rubric: spec.rubric, model }, model, judgeName(spec)));
  return 'model' in spec ? [judgeProbe(spec, spec.model, judgeName(spec))] : [];
}

function judgeProbe(judge: Exclude<JudgeSpec, string>, spec: RemoteModelSpec, name: string): Probe {
  const asked: ChatModel = {
    provider: spec.provider,
    model: spec.model,
    concurrency: 1,
    chat: () => Promise.reject(new Error('not asked')),
  };
  const request = createJudge(judge, { chatModel: () => asked }).calls?.(SUBJECT)[0]?.request ?? { messages: [] };
  return {
    use: `judge ${name}`,
    spec,
    kind: 'chat',
    request,
    ask: (model, signal) => {
      const { kept, replies } = keeping(model);
      return unreadReply(replies, () => createJudge(judge, { chatModel: () => kept }).judge(SUBJECT, signal));
    },
  };
}

function comparingProbe(spec: RemoteModelSpec): Probe {
  const { answer: _answer, ...subject } = SUBJECT;
  const compared = { subject, a: ANSWER, b: 'The blue kettle holds water.' };
  return {
    use: 'comparing preferences',
    spec,
    kind: 'chat',
    request: { messages: [{ role: 'user', content: `${QUESTION}\n${TEXT}\n${ANSWER}` }] },
    ask: (model, signal) => {
      const { kept, replies } = keeping(model);
      return unreadReply(replies, () => createPairwiseJudge({ model: kept }).compare({ ...compared, signal }));
    },
  };
}

function answeringProbe(spec: RemoteModelSpec, config: RunConfig): Probe {
  const chunks = config.generation.preferences?.seesPassage ? [CHUNK] : [];
  const example = { question: QUESTION, history: [] };
  const request = answerRequest({ example, chunks, systemPrompt: config.serving.systemPrompt, sample: 0 });
  return {
    use: 'answers for preferences',
    spec,
    kind: 'chat',
    request,
    ask: (model, signal) => anyAnswer(model, request, signal),
  };
}

function embeddingProbe(spec: RemoteModelSpec): Probe {
  const request: ChatRequest = { messages: [{ role: 'user', content: QUESTION }] };
  return {
    use: 'semantic duplicates',
    spec,
    kind: 'embedding',
    request,
    ask: async (model, signal) => {
      await model.embed([QUESTION], signal);
      return undefined;
    },
  };
}

async function anyAnswer(model: ChatModel, request: ChatRequest, signal: AbortSignal): Promise<Unread | undefined> {
  const { text, finishReason } = await model.chat(request, signal);
  const cause = finishReason === 'length' ? 'cut-off' : 'unparseable';
  return text.trim() === '' ? { cause, problem: 'the reply is empty', text } : undefined;
}

/** Keeps the model's last reply, to be shown. */
function keeping(model: ChatModel): { kept: ChatModel; replies: string[] } {
  const replies: string[] = [];
  const chat: ChatModel['chat'] = async (request, signal) => {
    const reply = await model.chat(request, signal);
    replies.push(reply.text);
    return reply;
  };
  return { kept: { ...model, chat }, replies };
}

async function unreadReply(replies: readonly string[], ask: () => Promise<unknown>): Promise<Unread | undefined> {
  try {
    await ask();
    return undefined;
  } catch (error) {
    if (!(error instanceof JudgeReplyError)) throw error;
    return { cause: error.why, problem: error.message, text: replies.at(-1) ?? '' };
  }
}
