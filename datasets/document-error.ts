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
