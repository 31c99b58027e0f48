import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolvePaths } from '../../configs/paths.ts';
import { openRegistry, type OpenRegistry } from '../../registry/open.ts';
import { calibrate } from './calibrate.ts';
import { listJudges, withJudges } from './known-judges.ts';

let root: string;
let open: OpenRegistry;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'whetstone-calibrate-'));
  open = await openRegistry({ url: ':memory:' });
});
afterEach(async () => {
  await open.close();
  rmSync(root, { recursive: true });
});

const ANSWERS = [
  ['A normal period lasts 2 to 7 days.', 'pass'],
  ['A normal period lasts 3 weeks.', 'fail'],
  ['It lasts 2 to 7 days.', 'pass'],
] as const;
const labels = (answers: readonly (readonly [string, string])[] = ANSWERS) => {
  const file = join(root, 'labels.jsonl');
  const reference = 'A normal period lasts 2 to 7 days.';
  const lines = answers.map(([answer, label]) =>
    JSON.stringify({ question: 'How long does a normal period last?', answer, reference, label }),
  );
  writeFileSync(file, lines.join('\n'));
  return file;
};
const run = (options: { name?: string; file?: string; by?: string } = {}) =>
  withJudges({ paths: resolvePaths({ WHETSTONE_STATE: root }), env: {} }, (judges) =>
    calibrate({
      judges,
      registry: open.registry,
      name: 'correctness',
      by: 'ada',
      ...options,
      file: options.file ?? labels(),
    }),
  );

describe('calibrating a judge', () => {
  it('keeps how far it agrees with people, and tells what it takes the place of', async () => {
    const seen: string[] = [];
    const first = await withJudges({ paths: resolvePaths({ WHETSTONE_STATE: root }), env: {} }, (judges) =>
      calibrate({
        judges,
        registry: open.registry,
        name: 'correctness',
        file: labels(),
        by: 'ada',
        onProgress: (done, total) => void seen.push(`${done}/${total}`),
      }),
    );
    expect(first).toMatchObject({
      calibration: { judge: 'correctness', labels: 3, humanPasses: 2, agreement: 1, by: 'ada' },
      leftOut: 0,
      failures: [{ what: 'answers', tried: 3, failed: 0 }],
      before: undefined,
    });
    expect(seen.at(-1)).toBe('3/3');
    const file = labels(ANSWERS.slice(0, 2));
    expect((await run({ file, by: 'eve' })).before).toMatchObject({ by: 'ada', labels: 3 });
    const listed = await withJudges({ paths: resolvePaths({}), env: {} }, (judges) =>
      listJudges(judges, open.registry),
    );
    expect(listed.find(({ name }) => name === 'correctness')?.calibration).toMatchObject({ by: 'eve', labels: 2 });
    expect(listed.find(({ name }) => name === 'safe')?.calibration).toBeUndefined();
  });

  it('refuses what says nothing, and writes nothing down', async () => {
    await expect(run({ name: 'corectness' })).rejects.toThrow(
      "unknown judge 'corectness'; did you mean 'correctness'?",
    );
    await expect(run({ file: join(root, 'none.jsonl') })).rejects.toThrow(
      'cannot read the labels (there is no such file)',
    );
    await expect(run({ file: labels([ANSWERS[0]]) })).rejects.toThrow('people say pass of each of the 1 answers');
    await expect(run({ name: 'grounded' })).rejects.toThrow("the judge 'grounded' judges none of these 3 answers");
    expect(await open.registry.calibrations()).toEqual([]);
  });
});
