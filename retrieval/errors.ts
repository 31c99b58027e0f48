/** An index that can't be asked or filled as it was to be: which one, what was found, what was expected, the fix. */
export class RetrievalError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'RetrievalError';
  }
}
