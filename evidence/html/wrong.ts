import { html } from 'hono/html';
import type { EvidencePage } from '../page.ts';
import { wayBack } from '../updates.ts';
import type { Html } from './parts.ts';

/** What to do where the new version turns out to be at fault: from the Temporal UI, or from a terminal. */
export function wrong(page: EvidencePage): Html | '' {
  const { promotion } = page;
  if (!promotion) return '';
  return html`<section aria-labelledby="wrong">
    <h2 id="wrong">If it goes wrong</h2>
    <p>Each works at once, and needs no approval: the very next question is answered by what is left, or refused.</p>
    ${wayBack({ ...promotion, model: page.model }).map(
      ({ title, words, workflow, input, cli }) =>
        html`<h3>${title}</h3>
          <p>${words}</p>
          <p class="label">
            In the Temporal UI: Start Workflow, task queue <code>whetstone</code>, workflow type
            <code>${workflow}</code>, any id that is not taken, with this input
          </p>
          <pre>${input}</pre>
          <p class="label">Or in a terminal</p>
          <pre>${cli}</pre>`,
    )}
  </section>`;
}
