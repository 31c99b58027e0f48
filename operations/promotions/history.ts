import type { Mark, ModelVersion, Promotion, RegistryTables, VersionEvaluation } from '../../registry/schema.ts';
import type { MoveTold } from '../../registry/aliases.ts';
import type { SaidOf } from '../../registry/decisions/said.ts';
import { approvalsText, setsAsideText } from '../../contract/promotions/words.ts';
import { setAsideBy, standingOf } from '../../registry/decisions/standing.ts';
import type { OwedReview } from '../../registry/decisions/reviews.ts';
import { rolesFrom } from '../../registry/identity/keys.ts';
import type { Registry } from '../../registry/store.ts';
import { owedText } from './break-glass.ts';

/** One thing that happened to a model, or that waits. */
export interface ModelEvent {
  /** ISO 8601. */
  at: string;
  what:
    | 'evaluated'
    | 'moved'
    | 'asked for'
    | 'decided'
    | 'came to nothing'
    | 'waits'
    | 'owes a review'
    | 'withdrawn'
    | 'unblocked'
    | Mark['action'];
  alias?: string;
  version?: number;
  /** Who did or said it, and the reason that they gave; absent of what nobody did. */
  by?: string;
  why?: string;
  /** The promotion that it is about. */
  promotion?: string;
  /** Of a decision: whose requests for changes it put an end to. */
  setsAside?: string[];
  /** In a line. */
  text: string;
}

/**
 * All that happened to a model, or to one of its aliases: moves, decisions, promotions that came to nothing or wait, withdrawals, pins
 * and archives, and what the gate did not let through.
 * @param options.known its versions, where they were read already
 * @param options.last so many of the newest events are enough: at least those are told, where there are as many
 * @returns oldest first
 */
export async function historyOf(
  registry: Registry,
  options: { model: string; alias?: string; known?: readonly ModelVersion[]; last?: number },
): Promise<ModelEvent[]> {
  const { model, alias, known, last } = options;
  const [versions, again, moves, blocks, marks, promotions, decisions, owed] = await Promise.all([
    known ?? registry.listVersions(model),
    registry.evaluations(model),
    registry.movesTold({ model, ...(alias !== undefined && { alias }), ...(last !== undefined && { last }) }),
    registry.blocks(model),
    registry.marks(model),
    registry.untoldPromotions(model),
    registry.decisionsOf(model, last),
    registry.owedReviews(model),
  ]);
  // Of those that wait all is told, however long ago it was said.
  const untold = last === undefined || promotions.length === 0 ? decisions : await registry.decisionsOfUntold(model);
  const byPromotion = Map.groupBy(untold, ({ promotionId }) => promotionId);
  // Of the newest alone, the newest come first; what a decision put an end to is told where that was read, too.
  const saidTo = Map.groupBy(
    decisions.toSorted((a, b) => a.seq - b.seq),
    ({ promotionId }) => promotionId,
  );
  const ofAlias = promotions.filter((one) => alias === undefined || one.alias === alias);
  const events: ModelEvent[] = [
    ...versions.flatMap(held),
    ...again.map(evaluatedAgain),
    ...moves.map(moved),
    ...blocks.map(blocked),
    ...marks.filter(({ subject }) => alias === undefined || !isOtherAlias(subject, alias)).map(marked),
    ...decisions
      .filter((one) => alias === undefined || one.alias === alias)
      .flatMap((one) => decided(one, saidTo.get(one.promotionId) ?? [])),
    ...ofAlias.flatMap((one) => whereItStands(one, byPromotion.get(one.id) ?? [])),
    ...owed.filter((one) => alias === undefined || one.alias === alias).map(owes),
  ];
  events.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
  if (last === undefined) return events;
  // What is owed is told as long as it is.
  const earlier = events.slice(0, -last).filter(({ what }) => what === 'owes a review');
  return [...earlier, ...events.slice(-last)];
}

function owes(review: OwedReview): ModelEvent {
  const { at, alias, version, by, why, promotionId } = review;
  return {
    at,
    what: 'owes a review',
    alias,
    version,
    by,
    why,
    promotion: promotionId,
    text: owedText(review, new Date().toISOString()),
  };
}

const isOtherAlias = (subject: string, alias: string) => subject.startsWith('alias:') && subject !== `alias:${alias}`;

function held({ createdAt: at, version, evaluated, ...newest }: ModelVersion): ModelEvent[] {
  const { gate } = evaluated?.first ?? newest;
  if (!gate || gate.decision === 'promote') return [];
  const text = `version ${version}  the gate said ${gate.decision}: ${gate.reasons.join('; ')}`;
  return [{ at, what: 'evaluated', version, text }];
}

function evaluatedAgain({ at, version, gate, made: { against } }: VersionEvaluation): ModelEvent {
  const said = `the gate said ${gate.decision}: ${gate.reasons.join('; ')}`;
  const text = `version ${version}  evaluated again against ${against.model}@${against.alias}: ${said}`;
  return { at, what: 'evaluated', version, text };
}

function moved({ at, alias, fromVersion, toVersion, kind, by, why }: MoveTold): ModelEvent {
  const text = `${alias}: ${fromVersion ?? 'nothing'} -> ${toVersion ?? 'nothing'}  ${kind} by ${by}: ${why}`;
  return { at, what: 'moved', alias, ...(toVersion !== null && { version: toVersion }), by, why, text };
}

function blocked({ at, version, action, by, why }: RegistryTables['versionBlocks']): ModelEvent {
  const what = action === 'block' ? 'withdrawn' : 'unblocked';
  return { at, what, version, by, why, text: `version ${version}  ${what} by ${by}: ${why}` };
}

const PAST = { pin: 'pinned', unpin: 'unpinned', archive: 'archived', restore: 'restored' } as const;

function marked({ at, subject, action, by, why }: Mark): ModelEvent {
  const [kind = '', name = ''] = subject.split(':');
  const about = kind === 'alias' ? { alias: name } : { version: Number(name) };
  return {
    at,
    what: action,
    ...about,
    by,
    why,
    text: `${kind === 'alias' ? name : `version ${name}`}  ${PAST[action]} by ${by}: ${why}`,
  };
}

const DECIDED = {
  approve: 'approved',
  reject: 'rejected',
  'request-changes': 'changes asked for',
  withdraw: 'request for changes withdrawn',
  'break-glass': 'moved past its rule',
  review: 'reviewed',
} as const;

/** @param all what was said to the same promotion, as far as it was read */
function decided(said: SaidOf, all: readonly SaidOf[]): ModelEvent[] {
  const { decision, alias, version, by, why, at, keyId, promotionId } = said;
  if (decision === 'expire' || decision === 'close') return [];
  const setsAside = setAsideBy(said, all, rolesOf(all)).map((one) => one.by);
  return [
    {
      at,
      what: 'decided',
      alias,
      version,
      by,
      why,
      promotion: promotionId,
      ...(setsAside.length > 0 && { setsAside }),
      text: `${alias}: version ${version}  ${DECIDED[decision]} by ${by}${keyId === null ? '' : ` (signed by key ${keyId})`}${setsAsideText(setsAside)}: ${why}`,
    },
  ];
}

const rolesOf = (decisions: readonly SaidOf[]) =>
  new Map(decisions.map(({ seq, roles }) => [seq, { roles: rolesFrom(roles) }]));

/** Who asked for a promotion, and what it came to or waits for; one that moved its alias shows as that move. */
function whereItStands(promotion: Promotion, decisions: readonly SaidOf[]): ModelEvent[] {
  const { id, alias, version, state, approvalsNeeded, createdAt, request, startedBy, expiresAt } = promotion;
  const about = `${alias}: version ${version}`;
  const event = (
    what: ModelEvent['what'],
    at: string,
    text: string,
    said: { by?: string; why?: string } = {},
  ): ModelEvent => ({
    at,
    what,
    alias,
    version,
    ...said,
    promotion: id,
    text: `${about}  ${text}`,
  });
  const asked = request
    ? [
        event(
          'asked for',
          createdAt,
          `asked for by ${request.by}${request.override ? ', override' : ''}: ${request.why}`,
          { by: request.by, why: request.why },
        ),
      ]
    : [];
  const last = decisions.at(-1);
  const end = (): ModelEvent[] => {
    switch (state) {
      case 'promoted':
      case 'rejected':
        return [];
      case 'waiting': {
        const { approvals, requests } = standingOf(decisions, rolesOf(decisions));
        const changes = requests.map(({ by }) => `, ${by} asks for changes`).join('');
        const started = startedBy ? `, started by ${startedBy.by} (${startedBy.how})` : '';
        const ends = expiresAt ? `, until ${expiresAt}` : '';
        const missing = Math.max(0, approvalsNeeded - approvals.length);
        return [event('waits', createdAt, `waits for ${approvalsText(missing)}${changes}${ends}${started}: ${id}`)];
      }
      case 'approved':
        return [event('waits', last?.at ?? createdAt, `approved, about to move: ${id}`)];
      case 'expired':
      case 'superseded':
      case 'held':
        return [
          event(
            'came to nothing',
            last?.at ?? createdAt,
            `${state}${last ? ` by ${last.by}: ${last.why}` : ''}`,
            last && { by: last.by, why: last.why },
          ),
        ];
      default:
        return state satisfies never;
    }
  };
  return [...asked, ...end()];
}
