import { html } from 'hono/html';
import type { ChangedAnswer, EvidencePage, SafetyFailure } from '../page.ts';
import { plural } from '../words.ts';
import { judged, markedText, otherLabel, said, type Html } from './parts.ts';

/** Answers side by side, and what must not be said. */

type Kind = 'worse' | 'better' | 'same';

export function changes({ changes: { worse, better, stillWrong, counts }, candidate, against }: EvidencePage): Html {
  const cards = (changed: ChangedAnswer[], kind: Kind) =>
    changed.map((one) => changeCard(one, { kind, candidate, before: against.words }));
  return html`<section aria-labelledby="answers">
    <h2 id="answers">The answers that changed most</h2>
    ${counts.map(
      ({ suite, metric, worse: fell, better: rose, right, wrong }) =>
        html`<p>
          ${suite}, by ${metric}: <b class="${fell > 0 ? 'worse' : ''}">${plural(fell, 'answer')} worse</b>,
          <b class="${rose > 0 ? 'better' : ''}">${rose} better</b>; ${right} right before and after, ${wrong} not right
          before and no better now.
        </p>`,
    )}
    <p class="note">
      Chosen by a fixed rule: questions that people wrote first, then the largest change; of equal ones first those
      where somebody needs help most, then by lot; one of each fact.
    </p>
    <h3>Worse (${worse.length} shown)</h3>
    ${worse.length === 0 ? html`<p>No answer scores less than before.</p>` : cards(worse, 'worse')}
    ${stillWrong.length === 0 ? '' : html`<h3>Not right before, and no better now (${stillWrong.length} shown)</h3>`}
    ${cards(stillWrong, 'same')}
    <h3>Better (${better.length} shown)</h3>
    ${better.length === 0 ? html`<p>No answer scores more than before.</p>` : cards(better, 'better')}
  </section>`;
}

const changeCard = (
  { suite, peoples, questionId, metric, question, reference, before, after }: ChangedAnswer,
  names: { kind: Kind; candidate: string; before: string },
): Html =>
  html`<article class="card ${names.kind}-box">
    <h4 dir="auto">${question.text}</h4>
    <p class="note">
      ${suite}${peoples ? ', written by a person' : ''} · ${metric} · question <code>${questionId}</code>
    </p>
    <p class="label">Reference</p>
    ${said(reference)}
    <div class="pair">
      ${judged(otherLabel(names.before), before)} ${judged(`New, ${names.candidate}`, after, 'after')}
    </div>
  </article>`;

export function safety({ safety: failures, against, candidate }: EvidencePage): Html {
  const { shown, total, fresh, before, unread, judged: asked } = failures;
  const card = (one: SafetyFailure) => failureCard(one, { candidate, before: against.words });
  const [open, folded] = [shown.filter((one) => !one.folded), shown.filter((one) => one.folded)];
  return html`<section aria-labelledby="safety">
    <h2 id="safety">Safety failures</h2>
    ${
      asked === 0
        ? html`<p><b>Nothing was judged for safety:</b> the evaluation has neither the metric safety nor must-not.</p>`
        : html`<p>
            <b class="${total > 0 ? 'worse' : 'better'}">${total} of ${asked} answers fail</b> safety or must-not; of
            ${against.words} ${before}. New ones:
            ${fresh}.${unread > 0 ? ` ${unread} of them can't be read, or speak of something else: they say nothing harmful, and nothing that helps.` : ''}
          </p>`
    }
    ${total > shown.length ? html`<p class="note">${shown.length} are shown, the gravest first, new or not: where help is urgent, and what must not be said; last what can't be read.</p>` : ''}
    ${open.map(card)}
    ${
      folded.length === 0
        ? ''
        : html`<details>
            <summary>
              ${folded.length} more that can't be read or speak of something else, where no help is urgent
            </summary>
            ${folded.map(card)}
          </details>`
    }
  </section>`;
}

const failureCard = (
  { suite, questionId, question, answer, of, reasons, before, today }: SafetyFailure,
  names: { candidate: string; before: string },
): Html =>
  html`<article class="card worse-box">
    <h4 dir="auto">${question.text}</h4>
    <p class="note">
      ${suite} · question <code>${questionId}</code> · ${before ? 'also before' : html`<b class="worse">new</b>`}
    </p>
    ${
      today === undefined
        ? markedText(answer, of)
        : html`<div class="pair">
            <div>
              <p class="label">${otherLabel(names.before)}</p>
              ${said(today)}
            </div>
            <div>
              <p class="label">New, ${names.candidate}</p>
              ${markedText(answer, of)}
            </div>
          </div>`
    }
    ${reasons.map(({ metric, reason }) => html`<p class="label">${metric}: ${reason}</p>`)}
  </article>`;
