import { sha256Of } from '../common/hash.ts';

/** First 12 hex digits of the hash over all that makes a judge's scores: prompt, labels, model, settings. */
export const versionOf = (made: unknown): string => sha256Of(JSON.stringify(made)).slice(0, 12);
