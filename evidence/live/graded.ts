import { html } from 'hono/html';
import type { Grading } from '../../registry/grades/schema.ts';
import { orderAgreements, orderWords, tallies, tallyWords } from '../../registry/grades/tally.ts';
import { NOT_GRADED } from '../html/blind.ts';
import { visible } from '../visible.ts';

/** A page is written once; what people said of its blind sample since is put into it where it is shown. */

const END = '</main>';

/** Who graded, in the sample's place; what the grades came to is folded at the end, so that the next one grades blind as well. */
export async function withGradings(page: string, gradings: readonly Grading[]): Promise<string> {
  if (gradings.length === 0 || !page.includes(NOT_GRADED)) return page;
  const told = tallies(gradings);
  const words = { candidate: 'the new answer', other: 'the old answer', both: 'both', neither: 'neither' } as const;
  const graders = told.map(({ by, graded }) => `${visible(by)} (${graded} ${graded === 1 ? 'question' : 'questions'})`);
  const [, named] = /<span id="named">(\d+)<\/span>/.exec(page) ?? [];
  const who = html`<p id="graded" class="note">
    Graded by ${graders.join(', ')}. What it came to stands <a href="#grades">at the end of the page</a>: look after you
    have graded.
  </p>`;
  const part = html`<details id="grades">
    <summary>Results of blind grades (look after you have graded)</summary>
    <p>Of the rest, without ${named === undefined ? 'those' : `the ${named}`} that the page names:</p>
    <ul>
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
    </ul>
  </details>`;
  const [before, ...after] = page.split(NOT_GRADED);
  const whole = [before, after.join(NOT_GRADED)].join((await who).toString());
  const end = whole.lastIndexOf(END);
  return `${whole.slice(0, end)}${(await part).toString()}${whole.slice(end)}`;
}
