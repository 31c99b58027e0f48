import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { DocumentProblem } from '../../common/errors.ts';
import {
  FOLDER_LABELS,
  nameProblems,
  readFolderLabels,
  readSidecar,
  sidecarOf,
  type FolderRule,
} from './label-files.ts';
import type { Saying } from './merge.ts';
import { covers } from './pattern.ts';

interface Folder {
  /** Links resolved. */
  real: string;
  names: ReadonlySet<string>;
  rules: FolderRule[];
  /** Patterns that were about some file. */
  used: Set<string>;
}

/** Finds what files beside documents, and in the folders above them, say of them. */
export class LabelFinder {
  readonly #where: { projectRoot: string };
  readonly #mayRead: (path: string) => Promise<boolean>;
  readonly #shown: (path: string) => string;
  readonly #folders = new Map<string, Promise<Folder>>();
  readonly #chains = new Map<string, Promise<string[]>>();
  readonly #problems: DocumentProblem[] = [];

  constructor(options: {
    projectRoot: string;
    /** Links resolved. */
    mayRead: (path: string) => Promise<boolean>;
    shown: (path: string) => string;
  }) {
    this.#where = { projectRoot: options.projectRoot };
    this.#mayRead = options.mayRead;
    this.#shown = options.shown;
  }

  /** What is said of a file, the farthest first. A link is told of where it stands, and where what it points at does. */
  async of(file: string): Promise<Saying[]> {
    const real = await realpath(file).catch(() => file);
    const sayings: Saying[] = [];
    const heard = new Set<string>();
    const isNew = (place: string) => !heard.has(place) && heard.add(place);
    for (const path of new Set([real, file])) {
      for (const folder of await this.#above(dirname(path))) {
        const found = await this.#folder(folder);
        if (!isNew(found.real)) continue;
        const { rules, used } = found;
        const below = relative(folder, path).split(sep).join('/');
        const matching = rules.filter(({ pattern }) => covers(pattern, below));
        for (const { pattern } of matching) used.add(pattern);
        const labels = Object.assign({}, ...matching.map((rule) => rule.labels)) as Saying['labels'];
        if (matching.length > 0) sayings.push({ by: this.#shown(join(folder, FOLDER_LABELS)), labels });
      }
      const sidecar = sidecarOf(path);
      const beside = await this.#folder(dirname(path));
      if (!beside.names.has(basename(sidecar)) || !isNew(join(beside.real, basename(sidecar)))) continue;
      const read = (await this.#mayRead(sidecar)) ? await readSidecar(sidecar, this.#where) : this.#outside(sidecar);
      if ('wrong' in read) this.#problems.push(...read.wrong);
      else sayings.push({ by: this.#shown(sidecar), labels: read.labels });
    }
    return sayings;
  }

  /** What is wrong with the files of labels that were found: such as can't be read, and patterns that are about no file at all. */
  async problems(): Promise<DocumentProblem[]> {
    const unmatched: DocumentProblem[] = [];
    for (const [folder, reading] of this.#folders) {
      const { rules, used } = await reading;
      for (const { pattern } of rules) {
        if (used.has(pattern) || (await matchesSome(folder, pattern))) continue;
        const said = { expected: 'the path or glob of a file or folder below', fix: 'correct it, or take it out' };
        unmatched.push(
          this.#wrong(join(folder, FOLDER_LABELS), `the pattern '${pattern}', which matches no file`, said),
        );
      }
    }
    return [...this.#problems, ...unmatched];
  }

  /** A folder and those above it that may be read, the farthest first. */
  #above(folder: string): Promise<string[]> {
    const known = this.#chains.get(folder);
    if (known) return known;
    const chain = this.#mayRead(folder).then(async (may) => {
      if (!may) return [];
      return folder === dirname(folder) ? [folder] : [...(await this.#above(dirname(folder))), folder];
    });
    this.#chains.set(folder, chain);
    return chain;
  }

  #folder(folder: string): Promise<Folder> {
    const known = this.#folders.get(folder);
    if (known) return known;
    const reading = this.#read(folder);
    this.#folders.set(folder, reading);
    return reading;
  }

  async #read(folder: string): Promise<Folder> {
    const real = await realpath(folder).catch(() => folder);
    const found: Folder = { real, names: new Set(), rules: [], used: new Set() };
    try {
      found.names = new Set(await readdir(folder));
    } catch {
      const said = {
        expected: 'a folder that can be listed, as it may hold labels',
        fix: 'give this user read access',
      };
      this.#problems.push(this.#wrong(folder, 'no permission to list it', said));
    }
    for (const { name, ...said } of nameProblems(found.names))
      this.#problems.push(this.#wrong(join(folder, name), said.found, said));
    if (!found.names.has(FOLDER_LABELS)) return found;
    const file = join(folder, FOLDER_LABELS);
    const read = (await this.#mayRead(file)) ? await readFolderLabels(file, this.#where) : this.#outside(file);
    if ('wrong' in read) this.#problems.push(...read.wrong);
    else found.rules = read.rules;
    return found;
  }

  #outside(file: string): { wrong: DocumentProblem[] } {
    const said = { expected: 'a file of its own', fix: 'put the file itself there' };
    return { wrong: [this.#wrong(file, 'a link that points at nothing, or out of the allowed folders', said)] };
  }

  #wrong(path: string, found: string, { expected, fix }: { expected: string; fix: string }): DocumentProblem {
    return { kind: 'labels', file: this.#shown(path), found, expected, fix };
  }
}

/** Whether anything below a folder is what a pattern is about, though none of the documents is. */
async function matchesSome(folder: string, pattern: string, below = ''): Promise<boolean> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = below ? `${below}/${entry.name}` : entry.name;
    if (covers(pattern, path)) return true;
    const isWalked = entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules';
    if (isWalked && (await matchesSome(folder, pattern, path))) return true;
  }
  return false;
}
