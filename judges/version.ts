import { createHash } from 'node:crypto';

/** First 12 hex digits of the hash over all that makes a judge's scores: prompt, labels, model, settings. */
export const versionOf = (made: unknown): string =>
  createHash('sha256').update(JSON.stringify(made)).digest('hex').slice(0, 12);
