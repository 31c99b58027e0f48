#!/usr/bin/env node
// The command line, run by the Node 24 that is a dependency, whatever Node started this file.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(realpathSync(fileURLToPath(import.meta.url))), '..');
const node = join(root, 'node_modules', 'node', 'bin', 'node');
if (!existsSync(node)) {
  console.error(`whetstone: ${node} is missing; run npm ci in ${root}`);
  process.exit(1);
}
const cli = join(root, 'worker', 'cli', 'main.ts');
const child = spawn(node, ['--disable-warning=ExperimentalWarning', cli, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// A service manager ends this process: the command must hear of it, and end by itself. Ctrl-C reaches it without us.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => {});
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
