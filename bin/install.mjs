import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// Before `npm test`: installs where nothing is installed yet, and else leaves node_modules alone, for a system may be serving from it.
if (!existsSync('node_modules/.package-lock.json'))
  process.exit(spawnSync('npm', ['ci'], { stdio: 'inherit', shell: process.platform === 'win32' }).status ?? 1);
