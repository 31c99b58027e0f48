/** One link of the chain from a version back to the documents. */
export interface Link {
  what:
    | 'answer'
    | 'registry'
    | 'version'
    | 'index'
    | 'deployment'
    | 'approvals'
    | 'gate'
    | 'evaluation'
    | 'answers'
    | 'job'
    | 'server'
    | 'dataset'
    | 'file'
    | 'example'
    | 'judgement'
    | 'passage'
    | 'documents'
    | 'document';
  name: string;
  /** What the link before says that this is. */
  sha256?: string;
  /** A URI, or in words. */
  where?: string;
  says: string[];
  /** A clean-up may have deleted its file, which then proves nothing and breaks nothing. */
  mayBeGone?: boolean;
  /** Recomputes what can be recomputed. @throws where it is not what was written down */
  check?: () => Promise<void>;
}

/** @throws Error naming both values */
export function demand<T>(found: T, expected: T, what: string): void {
  if (found !== expected) throw new Error(`${what}: found ${String(found)}, expected ${String(expected)}`);
}
