import { html } from 'hono/html';
import type { Grading } from '../../registry/grades/schema.ts';
import { orderAgreements, orderWords, tallies, tallyWords } from '../../registry/grades/tally.ts';
import { NOT_GRADED } from '../html/blind.ts';
import { visible } from '../visible.ts';

/** A page is written once; what people said of its blind sample since is put into it where it is shown. */

/** The page with what the grades came to. */
export async function withGradings(page: string, gradings: readonly Grading[]): Promise<string> {
  if (gradings.length === 0 || !page.includes(NOT_GRADED)) return page;
  const told = tallies(gradings);
  const words = { candidate: 'the new answer', other: 'the old answer', both: 'both', neither: 'neither' } as const;
  const part = html`<ul id="graded">
    ${told.map(
      (one) =>
        html`<li>
          <b>${visible(one.by)}</b> (name as claimed) ${tallyWords(one)}.
          ${
            one.comments.length === 0
              ? ''
              : html`<ul>
                  ${one.comments.map(
                    ({ question, prefers, comment }) =>
                      html`<li>Question ${question}, ${words[prefers]}: ${visible(comment)}</li>`,
                  )}
                </ul>`
          }
        </li>`,
    )}
    ${orderAgreements(gradings).map((one) => html`<li>${visible(orderWords(one))}.</li>`)}
  </ul>`;
  const [before, ...after] = page.split(NOT_GRADED);
  return [before, after.join(NOT_GRADED)].join((await part).toString());
}
