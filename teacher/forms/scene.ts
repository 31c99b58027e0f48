import type { Asked, Forms } from './forms.ts';
import { segments } from '../words/measures.ts';
import { join, type Token } from '../words/tokens.ts';

/** What a clause of an action verb can be asked: each rule leaves one phrase out and asks for it. */
export interface Scene {
  forms: Forms;
  /** The words after the verb. */
  rest: string;
  tokens: readonly Token[];
  /** The object, then the phrases after it. */
  parts: string[];
  bare: string;
}

/** One way of asking: leaves a phrase of the clause out and asks for it; nothing where it does not apply. */
export type Rule = (scene: Scene) => Asked[];

/** @param front what is said before the clause and can be asked for as well: "after birth" */
export function sceneOf(forms: Forms, front = ''): Scene {
  const rest = trim(join(forms.clause.rest).replace(/,$/, ''), front);
  return { forms, rest, tokens: forms.clause.rest, parts: segments(rest), bare: forms.bare };
}

export const same = (text: string): Asked => ({ direct: text, embedded: text });
export const trim = (...parts: string[]): string =>
  parts
    .map((part) => part.trim())
    .filter(Boolean)
    .join(' ');
export const plural = (unit: string): string => (unit.endsWith('s') ? unit : `${unit}s`);
export const startsWithPreposition = (text: string): boolean =>
  segments(`x ${text}`).length > 1 && segments(`x ${text}`)[0] === 'x';
