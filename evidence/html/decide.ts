import { html } from 'hono/html';
import type { EvidencePage, PromotionPart } from '../page.ts';
import { updates, type DecisionUpdate } from '../updates.ts';
import { timeWords } from '../words.ts';
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
  const { id, approvalsNeeded, expiresAfterHours, deadline, signed } = promotion;
  const kind = signed ? 'signed approval' : 'approval';
  const until = deadline === undefined ? '' : `, that is until about ${timeWords(deadline)}`;
  const asked =
    approvalsNeeded === 0
      ? 'It asks for no approval, and moves by itself.'
      : `It waits for ${approvalsNeeded === 1 ? `one ${kind}` : `${approvalsNeeded} ${kind}s, each by another person`}. Where nobody decides within ${expiresAfterHours} hours${until}, what serves goes on serving.`;
  return html`<p>${asked}</p>
    <p>Promotion: <code>${id}</code></p>
    ${approvalsNeeded === 0 ? '' : waysToDecide(promotion)}`;
}

/** What to send, to approve, to reject and to ask for changes. */
export const waysToDecide = (promotion: Parameters<typeof updates>[0]): Html[] =>
  updates(promotion).map((one) => (one.input === undefined ? toSign(one) : toSend(one)));

/** What a request comes to: it is neither a yes nor a no. */
const waits = (name: DecisionUpdate['name']): Html | '' =>
  name === 'requestChanges'
    ? html`<p>
        It goes on waiting, and does not move, whoever approves, until you approve or take that back
        (<code>withdrawRequest</code>), or an admin does.
      </p>`
    : '';

const toSend = ({ name, does, input, cli, temporal }: DecisionUpdate): Html =>
  html`<h3>To ${does}</h3>
    ${waits(name)}
    <p class="label">In the Temporal UI: More Actions, Send an Update, <code>${name}</code>, with this input</p>
    <pre>${input}</pre>
    <p class="label">Or in a terminal</p>
    <pre>${cli}</pre>
    <p class="label">Or with Temporal's own</p>
    <pre>${temporal}</pre>`;

/** Where only signed decisions count, a name that is typed is refused. */
const toSign = ({ name, does, cli }: DecisionUpdate): Html =>
  html`<h3>To ${does}</h3>
    ${waits(name)}
    <p class="label">Only signed decisions count. Sign it where your key is</p>
    <pre>${cli}</pre>
    <p class="label">
      Then, in the Temporal UI: More Actions, Send an Update, <code>${name}</code>, with the one line that it printed as
      the input. Or let it send that itself: add <code>--send</code>
    </p>`;
