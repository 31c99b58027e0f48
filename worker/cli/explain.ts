import { RequestError } from '../../common/errors.ts';

/** Mistakes of ours, not of the person: their stack is worth reporting. */
const OURS = new Set(['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError']);

/** What went wrong, for the person at the terminal: the message says what to do; a fault of ours keeps its stack. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof RequestError && error.field !== undefined) return `--${error.message}`;
  return OURS.has(error.name) ? (error.stack ?? error.message) : error.message;
}
