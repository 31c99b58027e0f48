import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { resolvePaths } from '../configs/paths.ts';
import { ownFiles } from './support/own-files.ts';

const { readRooms } = (await import(join(resolvePaths({}).projectRoot, '.dependency-cruiser.mjs'))) as {
  readRooms: (root: string) => { name: string }[];
};

/** A checkout with one room and one config, in which somebody keeps files of their own. */
function checkout(): string {
  const root = mkdtempSync(join(tmpdir(), 'own-files-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  write('common/README.md', '# common\n\nWhat all rooms share.\n');
  write('configs/README.md', '# configs\n\nConfigs.\n');
  write('configs/quickstart.yaml', 'name: quickstart\n');
  execFileSync('git', ['init', '-q'], { cwd: root });
  execFileSync('git', ['add', '.'], { cwd: root });
  write('mydocs/handbook.md', 'The notice period is 30 days.\n');
  write('configs/half-written.yaml', 'name: ha');
  write('common/notes/todo.md', 'mine');
  return root;
}

describe("somebody's own files in a checkout", () => {
  it('are no rooms of the repository, and none of its files', () => {
    const root = checkout();
    expect(readRooms(root).map(({ name }) => name)).toEqual(['common', 'configs']);
    expect(ownFiles(root, 'configs/*.yaml')).toEqual(['configs/quickstart.yaml']);
    expect(ownFiles(root, '**/*.md')).toEqual(['common/README.md', 'configs/README.md']);
  });

  it('are no rooms without git either', () => {
    const root = checkout();
    rmSync(join(root, '.git'), { recursive: true });
    expect(readRooms(root).map(({ name }) => name)).toEqual(['common', 'configs']);
    expect(ownFiles(root, 'configs/*.yaml')).toContain('configs/quickstart.yaml');
  });
});
