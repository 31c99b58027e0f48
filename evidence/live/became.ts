import { html } from 'hono/html';
import { reviewExample } from '../../contract/messages.ts';
import { reviewCommand } from '../../contract/promotions/commands.ts';
import type { OwedReview } from '../../registry/decisions/reviews.ts';
import { rolesFrom } from '../../registry/identity/keys.ts';
import { standingOf } from '../../registry/decisions/standing.ts';
import type { SaidOf } from '../../registry/decisions/said.ts';
import type { Html } from '../html/parts.ts';
import { visible } from '../visible.ts';
import { timeWords } from '../words.ts';
import type { Standing } from './standing.ts';

/** What became of a promotion, in words. Everything between `${}` is escaped, and what can't be seen is written out. */

/** Where the page of another promotion is: an address, or a command. */
export type LinkTo = (id: string) => string;

const reference = (id: string, linkTo: LinkTo): Html => {
  const link = linkTo(id);
  return /^https?:|^\//.test(link)
    ? html`<a href="${link}"><code>${id}</code></a>`
    : html`<code>${id}</code> (<code>${link}</code>)`;
};

const PAST = {
  approve: 'Approved',
  reject: 'Rejected',
  'request-changes': 'Changes asked for',
  withdraw: 'Request for changes withdrawn',
  'break-glass': 'Moved past its rule',
  review: 'Reviewed',
  expire: 'Expired',
  close: 'Closed',
} as const;

const saidBy = ({ by, at, why, keyId }: SaidOf): Html =>
  html`by <b>${visible(by)}</b> (${keyId === null ? 'name as claimed' : `signed by key ${keyId}`}) on ${timeWords(at)}:
    ${visible(why)}`;

/** What another person owes for a move past the rules, and how it is given. */
const owes = ({ promotionId, reviewBy, signed }: OwedReview): Html =>
  html` <b>Another person owes a review</b> until ${timeWords(reviewBy)}: start the workflow
    <code>reviewPromotion</code> in the Temporal UI, with
    ${
      signed
        ? html`what <code>${reviewCommand(promotionId, true)} --print</code> prints as its input`
        : html`the input <code>${reviewExample(promotionId)}</code>`
    };
    or send <code>${reviewCommand(promotionId, signed)}</code>.`;

/** In a sentence or two: what became of it, by whom, when. */
export function becameOf({ promotion, said, moved, since, goesOnAs, owed }: Standing, linkTo: LinkTo): Html {
  const { version, alias, state, model } = promotion;
  const last = said.at(-1);
  const stays = `Version ${version} did not come to ${alias}; ${promotion.expectedVersion === null ? 'nothing serves, as before' : 'what served went on serving'}.`;
  switch (state) {
    case 'waiting': {
      const roles = new Map(said.map((one) => [one.seq, { roles: rolesFrom(one.roles) }]));
      const { approvals, requests } = standingOf(said, roles);
      const asks =
        requests.length > 0 ? `, and ${requests.map(({ by }) => visible(by)).join(', ')} asks for changes` : '';
      return html`<b>Waits for a decision:</b> ${approvals.length} of ${promotion.approvalsNeeded} approvals so
        far${asks}.`;
    }
    case 'approved':
      return html`<b>Approved</b>, and about to move ${alias} to version ${version}.`;
    case 'promoted': {
      const now =
        since === undefined
          ? ''
          : ` Since then it was moved on, and ${since === null ? 'serves nothing' : `serves version ${since}`}.`;
      const by = moved ? ` by ${visible(moved.by)} on ${timeWords(moved.at)}: ${visible(moved.why)}.` : '.';
      const broken = said.findLast(({ decision }) => decision === 'break-glass');
      const review = said.findLast(({ decision }) => decision === 'review');
      if (broken)
        return html`<b class="worse">Promoted past its rule</b> ${saidBy(broken)}. ${alias} of ${model} was pointed at
          version ${version}.${now}${review ? html` <b>Reviewed</b> ${saidBy(review)}.` : ''}${owed ? owes(owed) : ''}`;
      return html`<b>Promoted:</b> ${alias} of ${model} was pointed at version
        ${version}${by}${now}${owed ? owes(owed) : ''}`;
    }
    case 'rejected': {
      const rejection = said.findLast(({ decision }) => decision === 'reject');
      return html`<b>Rejected</b> ${rejection ? saidBy(rejection) : ''}. ${stays}`;
    }
    case 'expired':
    case 'superseded':
    case 'held':
      return html`<b>${state === 'superseded' ? 'Superseded' : state === 'expired' ? 'Expired' : 'Held'}</b
        >${last ? html` on ${timeWords(last.at)}: ${visible(last.why)}` : ''}. ${stays}
        ${goesOnAs === undefined ? '' : html`It goes on, with new evidence, as ${reference(goesOnAs, linkTo)}.`}`;
    default:
      return state satisfies never;
  }
}

/** Who asked for it, and what somebody who decides should know that is not of this evidence. */
export function about({ promotion, renews, rejected, past, hindered }: Standing, linkTo: LinkTo): Html[] {
  const { request, startedBy } = promotion;
  return [
    ...(request
      ? [
          html`<b>Asked for by</b> ${visible(request.by)} (name as
            claimed)${request.override ? ', although the gate does not say promote' : ''}: ${visible(request.why)}`,
        ]
      : startedBy
        ? [html`<b>Asked for by</b> the run that ${visible(startedBy.by)} started (${visible(startedBy.how)})`]
        : []),
    ...(renews === undefined
      ? []
      : [
          html`<b>Evaluated again:</b> the evidence of ${reference(renews, linkTo)} was stale. What was approved there
            does not count here.`,
        ]),
    ...rejected.map(
      (one) =>
        html`<b class="worse">Version ${one.version} was rejected before,</b> ${saidBy(one)}
          (${reference(one.promotionId, linkTo)})`,
    ),
    ...past.map(
      ({ what, by, at, why }) =>
        html`<b class="worse">Version ${promotion.version} was ${what}</b> by <b>${visible(by)}</b> on ${timeWords(at)}:
          ${visible(why)}`,
    ),
    ...hindered.map((why) => html`<b class="worse">It can't move as it is.</b> ${visible(why)}`),
  ];
}

/** Every word that was said to it; what the registry says by itself stands in what became of it. */
export function saidList({ said }: Standing): Html | '' {
  const told = said.filter(({ decision }) => decision !== 'expire' && decision !== 'close');
  if (told.length === 0) return '';
  return html`<ul>
    ${told.map((one) => html`<li>${PAST[one.decision]} ${saidBy(one)}</li>`)}
  </ul>`;
}
