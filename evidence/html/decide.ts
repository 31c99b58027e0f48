import { html } from 'hono/html';
import type { EvidencePage, PromotionPart } from '../page.ts';
import { updates } from '../updates.ts';
import type { Html } from './parts.ts';

/** What it costs, what is not known, and what to send. */

export const cost = ({ cost: lines }: EvidencePage): Html =>
  html`<section aria-labelledby="cost">
    <h2 id="cost">Cost and time</h2>
    <dl>
      ${lines.map(
        ({ what, value }) =>
          html`<dt>${what}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
  </section>`;

export const unknown = ({ unknown: lines }: EvidencePage): Html =>
  html`<section aria-labelledby="unknown">
    <h2 id="unknown">What is not known</h2>
    <ul>
      ${lines.map((line) => html`<li>${line}</li>`)}
    </ul>
  </section>`;

export const decide = ({ promotion, gate }: EvidencePage): Html =>
  html`<section aria-labelledby="decide">
    <h2 id="decide">To decide</h2>
    ${
      promotion
        ? waiting(promotion)
        : html`<p>
            The gate said <b>${gate.decision}</b>: no promotion waits, and nothing moves by itself. Where the alias's
            rule allows it, a person can ask for it: <code>npx whetstone promote</code>.
          </p>`
    }
  </section>`;

function waiting(promotion: PromotionPart): Html {
  const { id, approvalsNeeded, expiresAfterHours } = promotion;
  const asked =
    approvalsNeeded === 0
      ? 'It asks for no approval, and moves by itself.'
      : `It waits for ${approvalsNeeded === 1 ? 'one approval' : `${approvalsNeeded} approvals, each by another person`}. Where nobody decides within ${expiresAfterHours} hours, what serves goes on serving.`;
  return html`<p>${asked}</p>
    <p>Promotion: <code>${id}</code></p>
    ${
      approvalsNeeded === 0
        ? ''
        : updates(promotion).map(
            ({ name, input, cli, temporal }) =>
              html`<h3>To ${name}</h3>
                <p class="label">
                  In the Temporal UI: More Actions, Send an Update, <code>${name}</code>, with this input
                </p>
                <pre>${input}</pre>
                <p class="label">Or in a terminal</p>
                <pre>${cli}</pre>
                <p class="label">Or with Temporal's own</p>
                <pre>${temporal}</pre>`,
          )
    }`;
}
