import type { Subject } from './types.ts';

/** Which pairs a rule can judge. Rules of words read English: in another language only a model can judge. */

/** True where no other language than English was asked for. */
export const inEnglish = ({ language }: Subject): boolean =>
  language === undefined || /^en(?:$|-|g)/i.test(language.trim());

/** True where there is a passage, and the answer is to be found in it. */
export const answeredByPassage = ({ kind, context }: Subject): boolean =>
  kind !== 'unanswerable' && context !== undefined;

/** True where the question is meant to stand alone. */
export const standsAlone = ({ history = [] }: Subject): boolean => history.length === 0;
