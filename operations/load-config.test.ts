import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { resolvePaths } from '../configs/paths.ts';
import { checkSources, loadConfig } from './load-config.ts';

it('names everything that is wrong with what a config names, with the file, the line and the field', async () => {
  const root = mkdtempSync(join(tmpdir(), 'sources-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'mydocs'));
  const config = join(root, 'mine.yaml');
  writeFileSync(join(root, 'mydocs/a.md'), 'The notice period is 30 days.');
  writeFileSync(join(root, 'people.csv'), 'question,reply,facts\na?,b,c\nd?,e,f\n');
  writeFileSync(
    config,
    `name: mine\ndocuments: ${join(root, 'mydoc')}\nevaluation:\n  suites:\n    - test\n    - ${join(root, 'people.csv')}\n`,
  );
  const paths = resolvePaths({});
  const loaded = await loadConfig({ config, paths });
  const checked = checkSources({ loaded, paths, env: { WHETSTONE_DOCUMENT_ROOTS: root } });
  await expect(checked).rejects.toMatchObject({
    problems: [
      expect.stringMatching(
        /mine\.yaml:2: documents: .*mydoc: found nothing at this path.* Fix: write .*mydocs, which is there\.$/,
      ),
      expect.stringMatching(
        /mine\.yaml:6: evaluation\.suites\[1\]: .*people\.csv: found the columns question, reply, facts, and neither/,
      ),
    ],
  });
});
