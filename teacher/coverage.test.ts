import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evidenceOf, contextOf } from '../generation/judge-pairs.ts';
import { resolvePaths } from '../configs/paths.ts';
import { chunkDocument } from '../documents/chunk.ts';
import { generationRequest } from '../generation/request.ts';
import { parseGeneration } from '../generation/parse.ts';
import { readDocuments } from '../documents/read.ts';
import { unitsOf } from '../documents/units.ts';
import { createJudges, runPanel } from '../judges/index.ts';
import { createBuiltinTeacher } from './model.ts';

const { projectRoot } = resolvePaths({});
const teacher = createBuiltinTeacher();
const judges = createJudges(['grounded', 'answerable', 'well-formed', 'safe'], {
  chatModel: () => {
    throw new Error('rules call no model');
  },
});

/** What states nothing by itself. */
const NO_STATEMENT = new Set(['question', 'fragment', 'reference', 'link', 'lead-in']);

/** Of the units that state something, the share that some pair which the judges keep rests on; and what failed. */
async function coverageOf(root: string): Promise<{ covered: number; states: number; failed: number; skipped: number }> {
  const documents = await readDocuments({ sources: [root], projectRoot: root, allowedRoots: [root] });
  let [covered, states, failed, skipped] = [0, 0, 0, 0];
  for (const chunk of documents.flatMap((document) => chunkDocument(document, { maxTokens: 160 }))) {
    const task = { chunks: [chunk], kind: 'any' as const, facts: 500, phrasings: 4, sample: 0 };
    const { text } = await teacher.chat(generationRequest(task, { guidelines: [] }));
    const left = (JSON.parse(text) as { skipped: { quote: string; why: string }[] }).skipped;
    const { pairs } = parseGeneration({ reply: text, task, teacher: 'builtin' });
    const context = contextOf([chunk]);
    const kept: typeof pairs = [];
    for (const pair of pairs) {
      const subject = { ...pair, context, evidence: evidenceOf(pair, [chunk]) };
      if ((await runPanel({ judges, subject })).decision === 'keep') kept.push(pair);
    }
    for (const unit of unitsOf(chunk.text)) {
      const why = left.find(({ quote }) => quote === unit.text)?.why;
      const rests = kept.some(({ spans }) => spans.some(({ start, end }) => start < unit.end && end > unit.start));
      if (why === 'failed') failed += 1;
      if (why !== undefined) skipped += 1;
      if (rests) covered += 1;
      if (rests || why === undefined || !NO_STATEMENT.has(why)) states += 1;
    }
  }
  return { covered, states, failed, skipped };
}

const MEDQUAD = join(projectRoot, '../shared/real/medquad-dev/documents');

describe('of the statements of documents', () => {
  it.each([
    ['the sample', join(projectRoot, 'datasets/samples/womens-health/articles'), 0.85],
    ['a handbook with tables and lists', join(projectRoot, 'test/corpora/handbook'), 0.8],
  ])(
    'seven in ten and more of %s give a pair that the judges keep, and none fails (N1, N3, F27)',
    async (_name, root, least) => {
      const { covered, states, failed } = await coverageOf(root);
      console.log(`${covered} of ${states} statements give a pair`);
      expect(failed).toBe(0);
      expect(covered / states).toBeGreaterThanOrEqual(least);
    },
    120_000,
  );

  it.skipIf(!existsSync(MEDQUAD) || process.env.WHETSTONE_REAL_DOCUMENTS === undefined)(
    'those of real health documents give pairs, and none fails (F27)',
    async () => {
      const { covered, states, failed } = await coverageOf(MEDQUAD);
      console.log(`${covered} of ${states} statements give a pair`);
      expect(failed).toBe(0);
      expect(covered / states).toBeGreaterThanOrEqual(0.7);
    },
    600_000,
  );
});
