import { join } from 'node:path';
import { judgePair, contextOf } from '../../generation/judge-pairs.ts';
import { chunkDocument } from '../../documents/chunk.ts';
import { createBuiltinTeacher } from '../../teacher/model.ts';
import { createJudge } from '../../judges/index.ts';
import { generationRequest } from '../../generation/request.ts';
import { parseGeneration } from '../../generation/parse.ts';
import { readDocuments } from '../../documents/read.ts';
import { readSuiteFile } from '../../evaluation/suites/file.ts';
import { sha256Of } from '../../common/hash.ts';
import { taskOf } from '../../test/support/examples.ts';
import type { Chunk, Example } from '../../schema/data.ts';
import type { SuiteQuestion } from '../../schema/evaluation.ts';

/** What is learnt, and what is asked afterwards. */
export interface Sample {
  chunks: Chunk[];
  learnt: Example[];
  suites: Record<'held-out' | 'people' | 'everyday', SuiteQuestion[]>;
}

const JUDGES = ['grounded', 'answerable', 'well-formed', 'gives-away', 'safe'] as const;
/** The last wording of each fact is never learnt. */
const HELD_OUT = 3;

/**
 * Questions about the documents by the built-in teacher, as `configs/quickstart.yaml` has them judged, of so many pairs; the same at each
 * call. Beside them the questions that people wrote about these documents, and everyday ones that no document speaks of.
 */
export async function makeSample(options: {
  projectRoot: string;
  documents: string;
  people: string;
  pairs: number;
  heldOut: number;
}): Promise<Sample> {
  const { projectRoot } = options;
  const where = { projectRoot, allowedRoots: [projectRoot] };
  const documents = await readDocuments({ sources: [options.documents], ...where });
  const chunks = documents.flatMap((document) => chunkDocument(document, { maxTokens: 160 }));
  const facts = await factsOf(chunks);
  const chosen: Example[] = [];
  for (const fact of facts) if (chosen.length < options.pairs) chosen.push(...fact);
  const suite = async (file: string) => (await readSuiteFile({ ...where, suite: file })).questions;
  return {
    chunks,
    learnt: chosen.filter(({ phrasing }) => phrasing < HELD_OUT),
    suites: {
      'held-out': chosen
        .filter(({ phrasing }) => phrasing === HELD_OUT)
        .slice(0, options.heldOut)
        .map(({ id, factId, question, answer }) => ({ id, cluster: factId, question, answer })),
      people: await suite(options.people),
      everyday: await suite(join('bench', 'training', 'everyday.jsonl')),
    },
  };
}

/** Accepted wordings by fact, in an order that no document decides. */
async function factsOf(chunks: readonly Chunk[]): Promise<Example[][]> {
  const teacher = createBuiltinTeacher();
  const judges = JUDGES.map((name) => createJudge(name, { chatModel: () => teacher }));
  const facts = new Map<string, Example[]>();
  for (const chunk of chunks) {
    const task = taskOf(chunk, { facts: 20 });
    const { text } = await teacher.chat(generationRequest(task, { guidelines: [] }));
    for (const pair of parseGeneration({ reply: text, task, teacher: 'builtin' }).pairs) {
      const example = await judgePair({ judges, pair, context: contextOf([chunk]), chunks: [chunk] });
      if (example.verdict.decision === 'keep')
        facts.set(example.factId, [...(facts.get(example.factId) ?? []), example]);
    }
  }
  const order = [...facts].map(([id, examples]) => ({ key: sha256Of(id), examples }));
  return order.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ examples }) => examples);
}
