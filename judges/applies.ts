import type { Subject } from './types.ts';

/** Which pairs a rule can judge. Rules of words read English: in another language only a model can judge. */

/** True where no other language than English was asked for. */
export const inEnglish = ({ language }: Subject): boolean =>
  language === undefined || /^en(?:$|-|g)/i.test(language.trim());

/** True where the answer is to be found in the passage. */
export const answeredByPassage = ({ kind }: Subject): boolean => kind !== 'unanswerable';

/** True where the question is meant to stand alone. */
export const standsAlone = ({ history = [] }: Subject): boolean => history.length === 0;
