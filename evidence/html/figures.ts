import { html, raw } from 'hono/html';
import type { EvidencePage, SuiteFigures } from '../page.ts';
import { fallenParts } from '../slices.ts';
import { plural, score, signed, withInterval } from '../words.ts';
import type { Html } from './parts.ts';
import { differencesPlot, metricsOf, scoresPlot } from './plots.ts';

/** Scores beside what serves and what costs nothing, and the parts that fell. */

export function figures(page: EvidencePage): Html {
  const [differences, scores] = [differencesPlot(page), scoresPlot(page)];
  const words = metricsOf(page);
  return html`<section aria-labelledby="figures">
    <h2 id="figures">Figures</h2>
    <p>
      Compared with ${page.against.words}. A line that crosses the middle can be chance. <b>Echo</b> says the question
      again as a statement; <b>lookup</b> gives the answer of the most similar training question. Neither needs a model:
      a candidate that scores no more has learnt nothing that a search would not find.
      ${documentColumns(page.suites).length === 0 ? '' : html`<b>Extract</b> quotes the nearest sentences of the documents.`}
    </p>
    ${differences === undefined ? '' : figure(differences, `Difference to ${page.against.words}, with its interval. The table below has the figures.`)}
    ${scores === undefined ? '' : figure(scores, 'Mean scores beside what costs nothing. The table below has the figures.')}
    ${table(page)}
    ${
      words.length === 0
        ? ''
        : html`<details>
            <summary>What the metrics ask</summary>
            <dl>
              ${words.map(
                ({ metric, words: asks }) =>
                  html`<dt>${metric}</dt>
                    <dd>${asks}</dd>`,
              )}
            </dl>
          </details>`
    }
  </section>`;
}

/** The library writes SVG out of figures and of names, which it escapes. */
const figure = (svg: string, caption: string): Html =>
  html`<figure>
    ${raw(svg)}
    <figcaption>${caption}</figcaption>
  </figure>`;

const table = ({ suites, candidate, against }: EvidencePage): Html =>
  html`<div class="wide" tabindex="0" role="region" aria-label="Table of scores">
    <table>
      <caption>
        Mean scores, 0 to 1. In bold what the gate decides on.
      </caption>
      <thead>
        <tr>
          <th scope="col">metric</th>
          <th scope="col" class="n">${candidate}</th>
          <th scope="col" class="n">${against.words}</th>
          <th scope="col">difference</th>
          <th scope="col" class="n">echo</th>
          <th scope="col" class="n">lookup</th>
          ${documentColumns(suites).map((name) => html`<th scope="col" class="n">${name}</th>`)}
          <th scope="col" class="n">questions</th>
        </tr>
      </thead>
      ${suites.map((suite) => suiteRows(suite, documentColumns(suites)))}
    </table>
  </div>`;

/** What stands beside a candidate that answers from the documents. */
const documentColumns = (suites: readonly SuiteFigures[]): string[] => [
  ...new Set(suites.flatMap(({ rows }) => rows.flatMap(({ documents = [] }) => documents.map(({ name }) => name)))),
];

const suiteRows = ({ name, meaning, rows }: SuiteFigures, further: readonly string[]): Html =>
  html`<tbody>
    <tr>
      <th scope="rowgroup" colspan="${7 + further.length}">${name}: ${meaning}</th>
    </tr>
    ${rows.map(
      ({ metric, decisive, comparison, tuned, other, echo, lookup, documents = [] }) =>
        html`<tr class="${decisive ? 'decides' : ''}">
          <th scope="row">${metric}</th>
          <td class="n">${score(tuned)}</td>
          <td class="n">${score(other)}</td>
          <td class="interval ${toneOf(comparison)}">${withInterval(comparison)}</td>
          <td class="n">${score(echo)}</td>
          <td class="n">${score(lookup)}</td>
          ${further.map(
            (column) => html`<td class="n">${score(documents.find((one) => one.name === column)?.mean)}</td>`,
          )}
          <td class="n">${comparison.questions}</td>
        </tr>`,
    )}
  </tbody>`;

const toneOf = ({ low, high }: { low: number; high: number }) => (low > 0 ? 'better' : high < 0 ? 'worse' : 'unsure');

export function slices({ slices: { looked, fallen } }: EvidencePage): Html {
  return html`<section aria-labelledby="slices">
    <h2 id="slices">Parts that fell</h2>
    ${
      fallen.length === 0
        ? html`<p>
            ${looked === 0 ? 'No suite was looked at in parts: evaluation.sliceBy names columns to do so by.' : `None of ${plural(looked, 'part')} scores less than before.`}
          </p>`
        : html`<div class="wide" tabindex="0" role="region" aria-label="Table of parts that fell">
            <table>
              <caption>
                ${fallenParts(fallen)} of ${plural(looked, 'part')} score${fallenParts(fallen) === 1 ? 's' : ''} less
                than before, the largest drop first. A part of few questions falls by chance.
              </caption>
              <thead>
                <tr>
                  <th scope="col">part</th>
                  <th scope="col" class="n">questions</th>
                  <th scope="col">metric</th>
                  <th scope="col" class="n">before</th>
                  <th scope="col" class="n">after</th>
                  <th scope="col" class="n">difference</th>
                </tr>
              </thead>
              <tbody>
                ${fallen.map(
                  ({ suite, column, value, questions, metric, before, after }) =>
                    html`<tr>
                      <th scope="row">${suite} · ${column === 'facts' ? `${value} facts` : `${column} ${value}`}</th>
                      <td class="n">${questions}</td>
                      <td>${metric}</td>
                      <td class="n">${score(before)}</td>
                      <td class="n">${score(after)}</td>
                      <td class="n worse">${signed(after - before)}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
}
