import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Who may import whom: each room's README says it, and is held to it. Run by test/rooms.test.ts, or by `npx depcruise .`. */

const ROOT = import.meta.dirname;

/** Rooms that the others know nothing of, and that may import anything. */
const ROOTS = ['bench', 'test'];

/** What the README of a room says: the rooms that it imports, those of which it knows the types alone, and the packages. */
export function readRooms(root = ROOT) {
  return foldersOf(root)
    .filter((name) => !/^\.|^(?:node_modules|bin|deploy|docs)$/.test(name) && !ROOTS.includes(name))
    .map((name) => {
      const text = readFileSync(join(root, name, 'README.md'), 'utf8');
      const listed = (what) => {
        const line = new RegExp(`^${what}: (.*)\\.$`, 'm').exec(text)?.[1] ?? '';
        return [...line.matchAll(/`([^`]+)`/g)].map(([, one]) => one);
      };
      return { name, text, imports: listed('Imports'), types: listed('By type alone'), packages: listed('Packages') };
    });
}

/** Folders of the repository: people keep folders of their own beside them. Without git, those that say what they are. */
function foldersOf(root) {
  try {
    const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', stdio: 'pipe' }).split('\0');
    const folders = files.flatMap((file) => (file.includes('/') ? [file.split('/')[0]] : []));
    if (folders.length > 0) return [...new Set(folders)].filter((name) => existsSync(join(root, name)));
  } catch {
    // No git, or no repository.
  }
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, entry.name, 'README.md')))
    .map(({ name }) => name);
}

const oneOf = (names) => `^(?:${names.join('|')})/`;
const packagePath = (name) => `node_modules/${name.replaceAll('.', '[.]')}/`;

export function rulesOf(rooms) {
  const tests = '[.](?:test|d)[.]ts$';
  return rooms.flatMap(({ name, imports, types, packages }) => [
    {
      name: `${name} imports what its README says`,
      from: { path: `^${name}/`, pathNot: tests },
      to: {
        dependencyTypesNot: ['core'],
        path: '^[^/]+/',
        pathNot: [oneOf([name, ...imports, ...types]), 'node_modules'],
      },
    },
    {
      name: `${name} loads the packages that its README says`,
      from: { path: `^${name}/`, pathNot: tests },
      to: { path: 'node_modules', pathNot: ['@types/', ...packages.map(packagePath)] },
    },
  ]);
}

const CIRCLES = [
  { name: 'no circle of folders', scope: 'folder', from: {}, to: { circular: true } },
  { name: 'no circle of files', from: {}, to: { circular: true } },
];

export const options = {
  doNotFollow: { path: 'node_modules' },
  exclude: { path: '[.]test[.]ts$|^(?:test|bench|docs|bin|[.]whetstone)/' },
  enhancedResolveOptions: {
    extensions: ['.ts', '.mjs', '.js'],
    conditionNames: ['import', 'node', 'default'],
    exportsFields: ['exports'],
  },
};

export default {
  forbidden: [...CIRCLES, ...rulesOf(readRooms())].map((rule) => ({ severity: 'error', ...rule })),
  // It reads TypeScript as it is written, imports of types too.
  options: { ...options, parser: 'swc' },
};
