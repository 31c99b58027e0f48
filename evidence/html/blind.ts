import { html, raw } from 'hono/html';
import type { EvidencePage } from '../page.ts';
import type { BlindPart, BlindQuestion } from '../sample/sample.ts';
import { plural } from '../words.ts';
import { said, type Html } from './parts.ts';

/** Where what was graded since stands. A text of a model can't be taken for it: its `<` is escaped. */
export const NOT_GRADED = '<p id="graded" class="note">Nobody had graded it when this page was written.</p>';

/** Questions to grade without knowing whose an answer is, and what to send. */
export function blind({ blind: part, promotion, candidate, against }: EvidencePage): Html | '' {
  if (!part || !promotion) return '';
  const { questions, of } = part;
  const rest = of.differ === 0 ? 'No answer differs' : 'All answers that differ stand on this page with their names';
  return html`<section aria-labelledby="blind">
    <h2 id="blind">Grade a sample blind</h2>
    ${raw(NOT_GRADED)}
    ${
      questions.length === 0
        ? html`<p>${rest}: there is nothing to grade blind.</p>`
        : html`<p>
              Two answers to each question, one of ${candidate} and one of ${against.words}, in an order that lot
              decides. This page does not say which is which, so that you judge the answer and not its maker. Say which
              is better, or that both are good or neither is.
            </p>
            <p class="note">
              ${plural(questions.length, 'question')}, drawn by lot from the ${of.differ} of ${of.questions} whose
              answers differ, without those that this page shows by name above (<span id="named">${of.named}</span>):
              whoever has read those is not blind any more. Those are the ones that changed or failed most: what the
              sample comes to is said of the rest. Every part of the suites has its share.
            </p>
            <details>
              <summary>${plural(questions.length, 'question')} to grade</summary>
              ${questions.map(card)}
            </details>
            ${toSend(promotion.id, part)}`
    }
  </section>`;
}

const card = ({ number, suite, question, reference, a, b }: BlindQuestion): Html =>
  html`<article class="card">
    <h3 dir="auto">${number}. ${question.text}</h3>
    <p class="note">${suite}</p>
    <p class="label">Reference</p>
    ${said(reference)}
    <div class="pair">
      <div>
        <p class="label">Answer a</p>
        ${said(a)}
      </div>
      <div>
        <p class="label">Answer b</p>
        ${said(b)}
      </div>
    </div>
  </article>`;

function toSend(id: string, part: BlindPart): Html {
  return html`<h3>To send your grades</h3>
    <p class="label">
      In the Temporal UI: More Actions, Send an Update, <code>grade</code>, with this input. Fill in your name, and for
      each question that you grade put <code>a</code>, <code>b</code>, <code>both</code> or <code>neither</code> in the
      place of its dash, such as <code>1a 2both</code>; leave the dash where you don't.
    </p>
    <pre>${gradeTemplate(part)}</pre>
    <p class="label">To add comments, write <code>grades</code> as a list</p>
    <pre>[{"question": 1, "prefers": "a", "comment": "clearer"}, {"question": 2, "prefers": "both"}]</pre>
    <p class="label">Or in a terminal, question by question</p>
    <pre>npx whetstone grade ${id}</pre>`;
}

/** The input of the Update, to be filled in. */
export function gradeTemplate({ sample, questions }: Pick<BlindPart, 'sample' | 'questions'>): string {
  const grades = questions.map(({ number }) => `${number}-`).join(' ');
  return `{\n  "by": "your name",\n  "sample": "${sample}",\n  "grades": "${grades}"\n}`;
}
