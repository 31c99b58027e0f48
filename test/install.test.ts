import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { resolvePaths } from '../configs/paths.ts';

const { projectRoot } = resolvePaths({});

it.each([
  ['installs in a fresh clone', false],
  ['leaves alone what is installed, from which a system may be serving', true],
])('npm test %s', (_what, installed) => {
  const root = mkdtempSync(join(tmpdir(), 'install-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'node_modules'));
  if (installed) writeFileSync(join(root, 'node_modules/.package-lock.json'), '{}');
  writeFileSync(join(root, 'npm'), `#!/bin/sh\necho "$@" > called\n`, { mode: 0o755 });
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
    scripts: { pretest: string };
  };
  const [, script = ''] = scripts.pretest.split(' ');
  const env = { PATH: `${root}:${process.env.PATH}` };
  execFileSync(process.execPath, [join(projectRoot, script)], { cwd: root, env });
  const called = join(root, 'called');
  expect(existsSync(called) ? readFileSync(called, 'utf8') : 'nothing').toBe(installed ? 'nothing' : 'ci\n');
});
