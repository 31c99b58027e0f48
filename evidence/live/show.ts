import { html } from 'hono/html';
import type { Promotion } from '../../registry/schema.ts';
import { withGradings } from './graded.ts';
import { NOT_GRADED } from '../html/blind.ts';
import { titleOf } from '../html/document.ts';
import { waysToDecide } from '../html/decide.ts';
import { about, becameOf, saidList, type LinkTo } from './became.ts';
import { standingNow, type Standing, type StandingSource } from './standing.ts';

/**
 * A page is written once, and decided on later: what became of it since is put into it where it is shown. Its own marks are looked for, which no text
 * of a model can be taken for: its `<` is escaped. So pages of before are shown as they stand now, too.
 */

/** @param id what the page was asked for by: of a promotion, or of an evaluation, of which promotions may wait */
export async function showLive(
  page: string,
  { id, registry, linkTo }: { id: string; registry: StandingSource; linkTo: LinkTo },
): Promise<string> {
  const standing = await standingNow(registry, id);
  if (!standing) return withWaiting(page, await waitingOn(registry, id), linkTo);
  const graded = await withGradings(page, await registry.gradings(id));
  return withStanding(graded, standing, linkTo);
}

const DECIDE = { from: '<section aria-labelledby="decide">', to: '</section>' };
const WRONG = { from: '<section aria-labelledby="wrong">', to: '</section>' };
const TO_GRADE = { from: '<h3>To send your grades</h3>', to: '</section>' };

async function withStanding(page: string, standing: Standing, linkTo: LinkTo): Promise<string> {
  const { promotion, open, moved, since } = standing;
  const decided = await html`<h2 id="decide">${open ? 'To decide' : 'Decided'}</h2>
    <p>${becameOf(standing, linkTo)}</p>
    ${saidList(standing)}`;
  const top = await html`<p id="became">${becameOf(standing, linkTo)}</p>
    ${about(standing, linkTo).map((line) => html`<p>${line}</p>`)}`;
  const title = await escaped(titleFor(promotion));
  let shown = replaced(page, { from: '<h1>', to: '</h1>' }, () => `<h1>${title}</h1>\n${text(top)}`);
  shown = replaced(shown, { from: '<title>', to: '</title>' }, () => `<title>${title}</title>`);
  if (open) {
    // A page that is not the promotion's own says that none waits.
    const own = page.includes(`<p>Promotion: <code>${await escaped(promotion.id)}</code></p>`);
    const ways = await html`<p>Promotion: <code>${promotion.id}</code></p>
      ${waysToDecide({ id: promotion.id })}`;
    return replaced(shown, DECIDE, (section) => {
      const rest = section.slice(section.indexOf('</h2>') + '</h2>'.length, -DECIDE.to.length);
      return `${DECIDE.from}${text(decided)}${own ? rest : text(ways)}${DECIDE.to}`;
    });
  }
  shown = replaced(shown, { from: '<p class="lead">', to: '</p>' }, () => '');
  shown = replaced(shown, DECIDE, () => `${DECIDE.from}${text(decided)}${DECIDE.to}`);
  shown = shown.replace('<a href="#decide">To decide</a>', '<a href="#decide">Decided</a>');
  const closed = '<p class="note">It is decided: grades are for who decides, and are not taken any more.</p>';
  shown = replaced(shown, TO_GRADE, () => `${closed}${TO_GRADE.to}`);
  shown = shown.replace(NOT_GRADED, '<p id="graded" class="note">Nobody graded it.</p>');
  // What never came, or has gone, is not taken back.
  if (moved && since === undefined) return shown;
  return replaced(shown, WRONG, () => '').replace(/<li><a href="#wrong">[^<]*<\/a><\/li>/, '');
}

const titleFor = ({ model, version, alias }: Promotion) =>
  titleOf({ model, candidate: '', promotion: { version, alias } });

/** On the page of an evaluation, the promotions that wait for a decision by it. */
async function withWaiting(page: string, waiting: readonly Promotion[], linkTo: LinkTo): Promise<string> {
  if (waiting.length === 0) return page;
  const lines = await html`${waiting.map(
    ({ id, version, alias }) =>
      html`<p>
        <b>A promotion waits for a decision by this evaluation:</b> version ${version} to ${alias},
        ${/^https?:|^\//.test(linkTo(id)) ? html`<a href="${linkTo(id)}"><code>${id}</code></a>` : html`<code>${linkTo(id)}</code>`}
      </p>`,
  )}`;
  const shown = replaced(page, { from: '<h1>', to: '</h1>' }, (title) => `${title}\n${text(lines)}`);
  return replaced(shown, DECIDE, () => `${DECIDE.from}<h2 id="decide">To decide</h2>${text(lines)}${DECIDE.to}`);
}

async function waitingOn(registry: Pick<StandingSource, 'openPromotions'>, hash: string): Promise<Promotion[]> {
  if (!/^[0-9a-f]{12,64}$/.test(hash)) return [];
  return (await registry.openPromotions()).filter(({ evidenceSha256 }) => evidenceSha256?.startsWith(hash));
}

const text = (part: { toString(): string }) => part.toString();
const escaped = async (words: string) => text(await html`${words}`);

/** The page with its first part of this kind as another; as it is, where it has none. */
function replaced(page: string, { from, to }: { from: string; to: string }, by: (part: string) => string): string {
  const start = page.indexOf(from);
  const end = start < 0 ? -1 : page.indexOf(to, start + from.length);
  if (end < 0) return page;
  return page.slice(0, start) + by(page.slice(start, end + to.length)) + page.slice(end + to.length);
}
