/** The errors of the domain: what a person must change before the same work can succeed. Whoever runs the work says what becomes of it. */

/** A run that can't go on: a rule of its config, or of Whetstone, forbids it. `type` names the rule for whoever reads the failure. */
export class RunError extends Error {
  readonly type: string;

  /** @param type in dotted words; `whetstone.` is put before it where it is missing */
  constructor(type: string, message: string, cause?: unknown) {
    super(message, cause instanceof Error ? { cause } : {});
    this.name = 'RunError';
    this.type = type.startsWith('whetstone.') ? type : `whetstone.${type}`;
  }
}

/** What a person asked for and can't have: the message says what was found, what is expected, and the fix. */
export class RequestError extends Error {
  /** The input at fault, where the message begins with its name: a command line calls it `--field`. */
  readonly field: string | undefined;

  constructor(message: string, { field, cause }: { field?: string; cause?: unknown } = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'RequestError';
    this.field = field;
  }
}

/** What was wrong with an artifact: which one, what was found, what was expected, what to do. */
export class ArtifactError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'ArtifactError';
  }
}

/** Nothing is where an artifact should be. */
export class MissingArtifactError extends ArtifactError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'MissingArtifactError';
  }
}

/** Artifacts that can't be reached now: the same call may succeed later. */
export class ArtifactsUnreachableError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'ArtifactsUnreachableError';
  }
}

/** Examples that make no dataset: none was kept, or the input contradicts itself. */
export class DatasetError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DatasetError';
  }
}

/** Why a source or a document can't be used. */
export type DocumentProblemKind =
  | 'missing'
  | 'none-found'
  | 'outside-roots'
  | 'unreadable'
  | 'not-a-document'
  | 'empty'
  | 'binary'
  | 'front-matter'
  | 'labels'
  | 'unreachable'
  | 'malformed'
  | 'locked'
  | 'duplicate-id';

export interface DocumentProblem {
  kind: DocumentProblemKind;
  /** As the user would type it: relative to the project's root where it lies below it. */
  file: string;
  line?: number;
  found: string;
  expected: string;
  fix: string;
}

const SHOWN = 20;

/** Everything that is wrong with the documents, reported at once. The fields are those of the first problem. */
export class DocumentError extends Error {
  readonly problems: readonly DocumentProblem[];
  readonly kind: DocumentProblemKind;
  readonly file: string;
  readonly line: number | undefined;
  readonly found: string;
  readonly expected: string;
  readonly fix: string;

  constructor(problems: readonly [DocumentProblem, ...DocumentProblem[]]) {
    const shown = problems.slice(0, SHOWN).map(describe);
    const more = problems.length - shown.length;
    const count = problems.length === 1 ? '' : `${problems.length} problems with the documents:\n`;
    super(count + shown.join('\n') + (more > 0 ? `\n... and ${more} more` : ''));
    this.name = 'DocumentError';
    this.problems = problems;
    const [first] = problems;
    this.kind = first.kind;
    this.file = first.file;
    this.line = first.line;
    this.found = first.found;
    this.expected = first.expected;
    this.fix = first.fix;
  }
}

/** Throws one error for all problems; returns when there are none. */
export function throwProblems(problems: DocumentProblem[]): void {
  const [first, ...rest] = problems;
  if (first) throw new DocumentError([first, ...rest]);
}

function describe({ file, line, found, expected, fix }: DocumentProblem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return `${place}: found ${found}; expected ${expected}. Fix: ${fix}.`;
}
