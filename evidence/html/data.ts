import { html } from 'hono/html';
import type { EvidencePage } from '../page.ts';
import type { DataChange } from '../training-data.ts';
import { plural } from '../words.ts';
import { said, type Html } from './parts.ts';

/** What the candidate learnt that the version before did not, and the other way round. */
export function data({ data: compared, against }: EvidencePage): Html | '' {
  if (!compared) return '';
  return html`<section aria-labelledby="data">
    <h2 id="data">What it learnt from</h2>
    ${body(compared, against.words)}
  </section>`;
}

function body(compared: NonNullable<EvidencePage['data']>, against: string): Html {
  if (compared.status === 'same')
    return html`<p>From the same dataset as ${against}: <code>${compared.version}</code>.</p>`;
  if (compared.status === 'unknown')
    return html`<p>Its dataset could not be compared with that of ${against}: ${compared.why}</p>`;
  const { before, after, same, kinds, settings } = compared;
  return html`<p>
      Dataset <code>${after}</code>, beside <code>${before}</code> of ${against}: ${plural(same, 'question')} with the
      same answer${kinds.map(({ kind, count }) => html`, <b>${count} ${kind}</b>`)}.
    </p>
    ${kinds.map(
      ({ kind, count, shown }) =>
        html`<details>
          <summary>${count} ${kind}${shown.length < count ? `, of which ${shown.length} are shown` : ''}</summary>
          ${shown.map(card)}
        </details>`,
    )}
    ${
      settings.length === 0
        ? ''
        : html`<details>
            <summary>Made otherwise (${settings.length})</summary>
            <dl>
              ${settings.map(
                ({ field, before: was, after: is }) =>
                  html`<dt>${field}</dt>
                    <dd><code>${was}</code> before, <code>${is}</code> now</dd>`,
              )}
            </dl>
          </details>`
    }
    <p class="note">The whole of it: <code>npx whetstone dataset diff ${before} ${after}</code></p>`;
}

const card = ({ question, part, before, after }: DataChange): Html =>
  html`<article class="card">
    <h3 dir="auto">${question.text}</h3>
    <p class="note">${part}</p>
    <div class="pair">
      ${
        before
          ? html`<div>
              <p class="label">Before</p>
              ${said(before)}
            </div>`
          : ''
      }
      ${
        after && after.text !== before?.text
          ? html`<div>
              <p class="label">New</p>
              ${said(after, 'after')}
            </div>`
          : ''
      }
    </div>
  </article>`;
