import { html } from 'hono/html';
import type { JudgedAnswer, Marked } from '../page.ts';
import type { Shown } from '../visible.ts';
import { score } from '../words.ts';

/** What several sections show. Everything between `${}` is escaped. */

export type Html = ReturnType<typeof html>;

/** Who gave the other answer: what people are told now, or a base that nobody is told anything by. */
export const otherLabel = (words: string): string =>
  words.startsWith('what serves') ? `Now, ${words}` : `${words[0]?.toUpperCase()}${words.slice(1)}`;

const NONE = html`<span class="none">nothing</span>`;

/** A text of a model or a file, as it is, in a box of its own. */
export const said = ({ text, of }: Shown, kind = ''): Html =>
  html`<div class="said-by ${kind}" dir="auto">${text.trim() === '' ? NONE : text}</div>
    ${cutNote({ text, of })}`;

const cutNote = ({ text, of }: { text: string; of?: number | undefined }): Html | string =>
  of === undefined
    ? ''
    : html`<p class="note">
        The beginning: ${text.length.toLocaleString('en')} of ${of.toLocaleString('en')} characters.
      </p>`;

export const judged = (label: string, { answer, score: points, reason }: JudgedAnswer, kind = ''): Html =>
  html`<div>
    <p class="label">${label}: ${score(points)}</p>
    ${said(answer, kind)}
    <p class="note">${reason}</p>
  </div>`;

export const markedText = (parts: Marked, of?: number): Html =>
  html`<div class="said-by" dir="auto">${parts.length === 0 ? NONE : parts.map(markedPart)}</div>
    ${of === undefined ? '' : html`<p class="note">A part of ${of.toLocaleString('en')} characters.</p>`}`;

const markedPart = ({ text, marked }: Marked[number]): Html | string => (marked ? html`<mark>${text}</mark>` : text);
