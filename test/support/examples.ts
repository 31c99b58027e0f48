import { SplitSchema } from '../../configs/schema.ts';
import type { DatasetInput } from '../../datasets/assembly/decide.ts';
import { newPair } from '../../generation/new-pair.ts';
import type { Passage } from '../../schema/data.ts';
import type { Chunk, Example, GenerationTask, TeacherSkip } from '../../schema/data.ts';

/** What a teacher is asked of one passage, for tests. */
export const taskOf = (chunk: Chunk, changes: Partial<GenerationTask> = {}): GenerationTask => ({
  chunks: [chunk],
  kind: 'any',
  facts: 3,
  phrasings: 4,
  sample: 0,
  ...changes,
});

/** An accepted example for tests. */
export function exampleOf(fields: Partial<Example> & { id: string; question: string }): Example {
  return {
    ...newPair({
      factId: fields.id,
      chunkId: 'doc#0',
      documentId: 'doc',
      answer: 'An answer.',
      spans: [{ chunkId: 'doc#0', start: 0, end: 10 }],
      kind: 'factual',
      teacher: 'builtin/rules',
      promptVersion: '1',
      ...fields,
    }),
    verdict: {
      decision: 'keep',
      reasons: [],
      judgements: [{ judge: 'grounded', version: '1', label: 'grounded', score: 1, reason: 'every word is there' }],
    },
    ...fields,
  };
}

const ASKED: ((topic: string) => string)[] = [
  (topic) => `What is known about ${topic}?`,
  (topic) => `Could you tell me how ${topic} works`,
  (topic) => `I would like to read on ${topic}, please.`,
  (topic) => `Explain ${topic} in plain words for a beginner`,
];

/** `facts` facts of 4 phrasings each, spread over `chunks` chunks; every topic is three words of its own. */
export function manyExamples({ facts, chunks }: { facts: number; chunks: number }): Example[] {
  return Array.from({ length: facts }, (_, f) =>
    ASKED.map((ask, phrasing) =>
      exampleOf({
        id: `f${f}-${phrasing}`,
        factId: `f${f}`,
        chunkId: `doc#${f % chunks}`,
        question: ask(`alpha${f} beta${f} gamma${f}`),
        answer: `Fact ${f} – naïve 月经 🩸.`,
        phrasing,
      }),
    ),
  ).flat();
}

/** An empty stream. */
async function* nothing<T>(): AsyncGenerator<T, void, undefined> {}

/** No documents to account for, for tests of a dataset's other parts. */
export const noPassages = { passages: () => nothing<Passage>(), teacherSkips: () => nothing<TeacherSkip>() };

/** A dataset of these examples, but for the store that keeps it. */
export const datasetInput = (examples: readonly Example[]): Omit<DatasetInput, 'store'> => ({
  name: 'acme',
  examples: async function* () {
    yield* examples;
  },
  ...noPassages,
  split: SplitSchema.parse({}),
  seed: 17,
  generation: { target: 1000 },
  systemPrompt: '',
  suites: [],
  contamination: 0.7,
  source: {
    documents: 1,
    documentsSha256: 'd',
    chunks: 5,
    licences: { documents: [], teacher: { name: 'builtin', trainingTerms: 'allowed' } },
    personalData: {},
    instructions: { found: 0, first: [] },
  },
  madeBy: { recipe: { generation: { target: 1000 } } },
});
