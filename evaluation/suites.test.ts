import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Example } from '../datasets/schema.ts';
import { capQuestions, parseGoldenSuite, questionsFromExamples, readGoldenSuite } from './suites.ts';

const line = (fields: Record<string, unknown>) => JSON.stringify(fields);
const example = (id: string, factId: string, chunkId = 'doc#0'): Example => ({
  id,
  factId,
  chunkId,
  documentId: 'doc',
  question: `What about ${id}?`,
  answer: `About ${id}.`,
  history: [],
  spans: [],
  phrasing: 0,
  kind: 'factual',
  teacher: 'builtin',
  promptVersion: '1',
  verdict: { decision: 'keep', reasons: [], judgements: [] },
});

describe('a golden suite', () => {
  it('makes each question its own cluster, by the hash of its normalised wording', () => {
    const text = [line({ question: 'How long is a cycle?', answer: '28 days.', slice: 'cycle' }), ''].join('\n');
    const [question] = parseGoldenSuite(text, 'golden.jsonl');
    expect(question).toMatchObject({ question: 'How long is a cycle?', answer: '28 days.', slice: 'cycle' });
    expect(question!.cluster).toBe(question!.id);
    const [reworded] = parseGoldenSuite(line({ question: '  how long IS a cycle?', answer: 'x' }), 'other.jsonl');
    expect(reworded!.id).toBe(question!.id);
  });

  it('skips blank lines, a byte order mark and Windows line ends', () => {
    const text = `\uFEFF${line({ question: 'a?', answer: 'b' })}\r\n\r\n${line({ question: 'c?', answer: 'd' })}\r\n`;
    expect(parseGoldenSuite(text, 'g.jsonl').map(({ question }) => question)).toEqual(['a?', 'c?']);
  });

  it('names file and line of every fault, what was found and what was expected', () => {
    const text = [
      line({ question: 'a?', answer: 'b' }),
      'question: not json',
      line({ question: 'c?' }),
      line({ question: 'd?', answer: 'e', tags: [] }),
      line({ question: 'A?', answer: 'again' }),
    ].join('\n');
    const message = messageOf(() => parseGoldenSuite(text, 'golden.jsonl'));
    expect(message).toContain('golden.jsonl:2: found "question: not json", which is not JSON; expected {"question"');
    expect(message).toContain('golden.jsonl:3: answer: Invalid input: expected string, received undefined');
    expect(message).toMatch(/golden\.jsonl:4: .*"tags"/);
    expect(message).toContain('golden.jsonl:5: the same question as line 1; expected each question once');
  });

  it('refuses a suite without questions', () => {
    expect(() => parseGoldenSuite('\n\n', 'empty.jsonl')).toThrow('empty.jsonl: no questions found; expected');
  });

  describe('in a file', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'suites-'));
      await writeFile(join(folder, 'golden.jsonl'), line({ question: 'a?', answer: 'b' }));
    });
    afterAll(() => rm(folder, { recursive: true }));

    it('is read', async () => {
      expect(await readGoldenSuite(join(folder, 'golden.jsonl'))).toHaveLength(1);
    });

    it('that is missing is named, with what was expected', async () => {
      await expect(readGoldenSuite(join(folder, 'none.jsonl'))).rejects.toThrow(
        /none\.jsonl: cannot read this suite \(ENOENT\); expected a file of JSON lines, or "test"/,
      );
    });
  });
});

describe('questions from held-out examples', () => {
  it('cluster by fact and carry the chunk as context', () => {
    const questions = questionsFromExamples(
      [example('q1', 'f1'), example('q2', 'f1')],
      new Map([['doc#0', 'A text.']]),
    );
    expect(questions).toEqual([
      {
        id: 'q1',
        question: 'What about q1?',
        answer: 'About q1.',
        cluster: 'f1',
        slice: 'factual',
        context: 'A text.',
      },
      {
        id: 'q2',
        question: 'What about q2?',
        answer: 'About q2.',
        cluster: 'f1',
        slice: 'factual',
        context: 'A text.',
      },
    ]);
  });

  it('refuse an example whose chunk is missing', () => {
    expect(() => questionsFromExamples([example('q1', 'f1', 'doc#9')], new Map())).toThrow(
      'example q1: no text of chunk "doc#9"',
    );
  });
});

describe('capping a suite', () => {
  const questions = Array.from({ length: 60 }, (_, i) => ({
    id: `q${i}`,
    question: `${i}?`,
    answer: 'a',
    cluster: `f${i % 20}`,
  }));

  it('keeps whole clusters in their given order', () => {
    const kept = capQuestions(questions, { maxQuestions: 31, seed: 1 });
    expect(kept).toHaveLength(30);
    for (const { cluster } of kept) expect(kept.filter((other) => other.cluster === cluster)).toHaveLength(3);
    expect(kept).toEqual(questions.filter(({ id }) => kept.some((other) => other.id === id)));
  });

  it('draws the same clusters for the same seed, whatever the order, and others for another seed', () => {
    const drawn = (from: typeof questions, seed: number) =>
      [...new Set(capQuestions(from, { maxQuestions: 30, seed }).map(({ cluster }) => cluster))].sort();
    expect(drawn(questions.toReversed(), 1)).toEqual(drawn(questions, 1));
    expect(drawn(questions, 2)).not.toEqual(drawn(questions, 1));
  });

  it('keeps everything below the cap and one cluster at least', () => {
    expect(capQuestions(questions, { maxQuestions: 60, seed: 1 })).toEqual(questions);
    expect(capQuestions(questions, { maxQuestions: 1, seed: 1 })).toHaveLength(3);
  });
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('expected an error');
}
