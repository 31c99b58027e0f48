import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunConfigSchema } from '../../configs/schema.ts';
import { createJudges } from '../../judges/index.ts';
import { firstTasks } from '../tasks/first-tasks.ts';
import { judgeImported, readImports } from './read-imports.ts';

let folder: string;
beforeEach(async () => void (folder = await realpath(await mkdtemp(join(tmpdir(), 'imports-')))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const config = (imports: object[], generation: object = {}) =>
  RunConfigSchema.parse({ name: 'x', documents: 'd', imports, generation });
const read = async (options: { rows: object[]; settings?: object; generation?: object }) => {
  await writeFile(join(folder, 'expert.jsonl'), options.rows.map((row) => JSON.stringify(row)).join('\n'));
  const run = config([{ path: 'expert.jsonl', ...options.settings }], options.generation);
  return { run, ...(await readImports({ config: run, projectRoot: folder, allowedRoots: [folder] })) };
};
const judge = async (row: object, settings: object = {}) => {
  const { run, imports } = await read({ rows: [row], settings });
  const judges = createJudges(run.judges, {
    chatModel: () => {
      throw new Error('rules ask no model');
    },
  });
  return judgeImported({ config: run, judges, imported: imports[0]! });
};

describe('imported pairs', () => {
  const good = { question: 'How long does the swab keep?', answer: 'The swab keeps for seven days.' };

  it('are judged by the judges that need no passage, and by all where there is one', async () => {
    const judges = async (row: object) => (await judge(row)).verdict.judgements.map(({ judge: name }) => name);
    expect(await judges(good)).toEqual(['well-formed', 'gives-away', 'safe']);
    expect(await judges({ ...good, context: 'The swab keeps for seven days.' })).toEqual([
      'grounded',
      'answerable',
      'well-formed',
      'gives-away',
      'safe',
    ]);
  });

  it('are rejected like others', async () => {
    const rejected = await judge({ ...good, context: 'The kit holds nine tubes.' });
    expect(rejected.verdict.decision).toBe('reject');
    expect(rejected.verdict.reasons).toContain('grounded');
  });

  it('are kept unjudged where the config says so, and say so', async () => {
    const kept = await judge({ question: 'x', answer: 'y' }, { judge: false });
    expect(kept.verdict).toMatchObject({ decision: 'keep', judgements: [{ judge: 'import', label: 'trusted' }] });
  });

  it('lose personal data like others', async () => {
    expect((await judge({ ...good, answer: 'Write to a@b.co for it.' }, { judge: false })).answer).toBe(
      'Write to [email] for it.',
    );
  });

  it('leave the teacher less to write, up to their share', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ question: `Question ${i}?`, answer: `Answer ${i}.` }));
    const missing = async (settings: object, generation: object = {}) => {
      const { run, imports } = await read({ rows, settings, generation: { target: 100, ...generation } });
      return firstTasks({ config: run, chunks: [], imports }).missing;
    };
    expect(await missing({})).toBe(60);
    expect(await missing({ share: 0.25 })).toBe(75);
  });

  it('can be all that there is', async () => {
    const { run, imports } = await read({ rows: [good], generation: { synthetic: false } });
    expect(firstTasks({ config: run, chunks: [], imports }).tasks).toEqual([]);
  });

  it('of a file that is not there, or that a run may not read, are named by field and file', async () => {
    const where = { projectRoot: folder, allowedRoots: [folder] };
    await expect(readImports({ ...where, config: config([{ path: 'none.csv' }]) })).rejects.toThrow(
      'imports[0].path: none.csv: no such file',
    );
    await expect(readImports({ ...where, config: config([{ path: '/etc/hostname' }]) })).rejects.toThrow(
      'lies outside the allowed roots',
    );
  });
});
