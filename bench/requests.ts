import type { ChatRequest } from '../contract/ports.ts';
import { chunkDocument } from '../documents/chunk.ts';
import { readDocuments } from '../documents/read.ts';
import { generationRequest } from '../generation/request.ts';
import { loadRubric } from '../judges/rubrics.ts';
import type { Chunk } from '../schema/data.ts';
import { FACTS_PER_CHUNK } from './corpus.ts';

/** The requests of a run, for benchmarks that go past the workflow. */

const rubric = loadRubric('faithfulness');
const JUDGEMENT = {
  name: 'judgement',
  schema: { type: 'object', properties: { reason: { type: 'string' }, label: { type: 'string' } } },
};

export async function chunksOf(documents: string): Promise<Chunk[]> {
  const texts = await readDocuments({ sources: documents, projectRoot: documents, allowedRoots: [documents] });
  return texts.flatMap((document) => chunkDocument(document, { maxTokens: 160 }));
}

export const teacherRequest = (chunk: Chunk): ChatRequest =>
  generationRequest(
    { chunks: [chunk], kind: 'any', facts: FACTS_PER_CHUNK, phrasings: 2, sample: 0 },
    { guidelines: [] },
  );

export function judgeRequest(asked: { question: string; answer: string; context: string }): ChatRequest {
  const content = Object.entries(asked).reduce(
    (prompt, [name, text]) => prompt.replace(`{{${name}}}`, text),
    rubric.prompt,
  );
  return { messages: [{ role: 'user', content }], responseSchema: JUDGEMENT };
}

/** The questions and answers in a teacher's reply. */
export function pairsOf(reply: string): { question: string; answer: string }[] {
  const { facts } = JSON.parse(reply) as { facts: { questions: string[]; answer: string }[] };
  return facts.flatMap(({ questions, answer }) => questions.map((question) => ({ question, answer })));
}
