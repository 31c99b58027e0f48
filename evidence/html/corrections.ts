import { html } from 'hono/html';
import type { CorrectedAnswer, EvidencePage } from '../page.ts';
import { judged, markedText, otherLabel, said, type Html } from './parts.ts';

/** What the documents changed: the old statement and the new one, and what is answered. */

/** Read without asking for more. */
const AT_ONCE = 6;

export function corrections({ corrections: part, candidate, against }: EvidencePage): Html | string {
  if (!part) return '';
  const { since, lines, answers, total } = part;
  const cards = (some: CorrectedAnswer[]) => some.map((one) => card(one, { candidate, before: against.words }));
  return html`<section aria-labelledby="corrections">
    <h2 id="corrections">What the documents changed since version ${since}</h2>
    <ul>
      ${lines.map((line) => html`<li>${line}</li>`)}
    </ul>
    ${total > answers.length ? html`<p class="note">${answers.length} of ${total} questions are shown: first what is not answered right.</p>` : ''}
    ${cards(answers.slice(0, AT_ONCE))}
    ${
      answers.length <= AT_ONCE
        ? ''
        : html`<details>
            <summary>${answers.length - AT_ONCE} more</summary>
            ${cards(answers.slice(AT_ONCE))}
          </details>`
    }
  </section>`;
}

const card = (one: CorrectedAnswer, names: { candidate: string; before: string }): Html =>
  html`<article class="card ${one.after.score >= 1 ? 'better-box' : 'worse-box'}">
    <h3 dir="auto">${one.question.text}</h3>
    <p class="note">question <code>${one.questionId}</code></p>
    <div class="pair">
      <div>
        <p class="label">The documents said</p>
        ${markedText(one.was ?? [])}
      </div>
      <div>
        <p class="label">They say now</p>
        ${markedText(one.is)}
      </div>
    </div>
    <p class="label">Right answer now</p>
    ${said(one.reference)}
    <div class="pair">
      ${judged(`${otherLabel(names.before)}${saying(one.before, one)}`, one.before)}
      ${judged(`New, ${names.candidate}${saying(one.after, one)}`, one.after, 'after')}
    </div>
  </article>`;

const saying = ({ says }: CorrectedAnswer['before'], { oldValue }: CorrectedAnswer): string =>
  says === 'old' ? `, still says ${oldValue}` : says === 'new' ? ', says the new' : '';
