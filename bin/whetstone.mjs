#!/usr/bin/env node
// The command line, run by the Node 24 that is a dependency, whatever Node started this file.
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(realpathSync(fileURLToPath(import.meta.url))), '..');
const node = join(root, 'node_modules', 'node', 'bin', 'node');
if (!existsSync(node)) {
  console.error(`whetstone: ${node} is missing; run npm ci in ${root}`);
  process.exit(1);
}
const cli = join(root, 'worker', 'cli', 'main.ts');
const { status } = spawnSync(node, ['--disable-warning=ExperimentalWarning', cli, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
