import { html, raw } from 'hono/html';
import type { EvidencePage, PromotionPart } from '../page.ts';
import { CONTENT_SECURITY_POLICY } from '../policy.ts';
import { changes, safety } from './answers.ts';
import { corrections } from './corrections.ts';
import { blind } from './blind.ts';
import { cost, decide, unknown } from './decide.ts';
import { data } from './data.ts';
import { figures, slices } from './figures.ts';
import type { Html } from './parts.ts';
import { safetyLines, warningsOf } from '../sentence.ts';
import { fallenParts } from '../slices.ts';
import { visible } from '../visible.ts';
import { STYLE } from './style.ts';
import { wrong } from './wrong.ts';

/** The whole page: one file, no script. What models and files say is text in it, whatever it holds. */
export async function evidenceHtml(page: EvidencePage): Promise<string> {
  const { changes: changed, safety: failures, unknown: open, slices: parts } = page;
  const title = titleOf(page);
  const sections: [string, string][] = [
    ...(page.corrections
      ? ([['corrections', `What the documents changed (${page.corrections.total})`]] satisfies [string, string][])
      : []),
    ['figures', 'Figures'],
    ['slices', `Parts that fell (${fallenParts(parts.fallen)})`],
    ['answers', `Answers to read (${changed.worse.length + changed.stillWrong.length + changed.better.length})`],
    ['safety', `Safety failures (${failures.total})`],
    ...(page.data ? [['data', 'What it learnt from'] as [string, string]] : []),
    ['cost', 'Cost and time'],
    ['unknown', `Not known (${open.length})`],
    ...(page.blind ? [['blind', `Grade blind (${page.blind.questions.length})`] as [string, string]] : []),
    ['decide', 'To decide'],
    ...(page.promotion ? [['wrong', 'If it goes wrong'] as [string, string]] : []),
  ];
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="content-security-policy" content="${CONTENT_SECURITY_POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <p class="lead">${page.sentence}</p>
          ${page.openBook === undefined ? '' : html`<p>${page.openBook}</p>`}
          <ul>
            ${page.figures.map((line) => html`<li>${line}</li>`)}
          </ul>
          ${safetyLines(failures).map(
            (line) =>
              html`<p>
                <a class="worse" href="#safety"><b>${line}</b></a>
              </p>`,
          )}
          ${gateWords(page)} ${staleWords(page)}
          <nav aria-label="On this page">
            <ul>
              ${sections.map(([id, words]) => html`<li><a href="#${id}">${words}</a></li>`)}
            </ul>
          </nav>
        </header>
        <main>
          ${[corrections, figures, slices, changes, safety, data, cost, unknown, blind, decide, wrong].map((section) => section(page))}
        </main>
        <footer>
          <p>
            Evaluation <code>${page.evidenceSha256}</code>. Every answer, whole:
            ${page.answerFiles.map(({ suite, uri }) => html`${suite} <code>${uri}</code> `)}
          </p>
        </footer>
      </body>
    </html>`;
  return (await document).toString();
}

export const titleOf = ({
  promotion,
  model,
  candidate,
}: Pick<EvidencePage, 'model' | 'candidate'> & { promotion?: Pick<PromotionPart, 'version' | 'alias'> }): string =>
  promotion
    ? `Promote ${model} version ${promotion.version} to ${promotion.alias}?`
    : `Evaluation of ${candidate} for ${model}`;

const staleWords = ({ promotion }: EvidencePage): Html | '' =>
  promotion?.stale
    ? html`<p>
        <b class="worse">Its evidence is stale:</b> ${visible(promotion.stale.join('; '))}. Once it is approved it is
        evaluated again, and asks for approval of that.
      </p>`
    : '';

/** What it warns of stands open beside what it says. */
function gateWords({ gate }: EvidencePage): Html {
  const warnings = warningsOf(gate);
  return html`<p><span class="said ${gate.decision}">The gate says: ${gate.decision}</span></p>
    ${
      warnings.length === 0
        ? ''
        : html`<p><b class="worse">It warns, although that decides nothing:</b></p>
            <ul>
              ${warnings.map((warning) => html`<li>${warning}</li>`)}
            </ul>`
    }
    <details>
      <summary>Why (${gate.reasons.length})</summary>
      <ul>
        ${gate.reasons.map((reason) => html`<li>${reason}</li>`)}
      </ul>
    </details>`;
}
