import { samePerson, spelling } from '../../contract/people.ts';
import type { Role } from '../../schema/identity.ts';
import type { Decision } from '../schema.ts';

/** What people's words come to, each person's last one: one name in two spellings is one person. Pure. */

type Said = Pick<Decision, 'seq' | 'decision' | 'by' | 'why'>;

export interface Standing<Word extends Said = Said> {
  /** Who approves, and has not asked for changes since. */
  approvals: Word[];
  /** Who asks for changes: the alias stays until they approve or withdraw, or an admin does. */
  requests: Word[];
}

/** @param rolesOf the roles of the key that signed a decision, by its number */
export function standingOf<Word extends Said>(
  decisions: readonly Word[],
  rolesOf: ReadonlyMap<number, { roles: readonly Role[] }>,
): Standing<Word> {
  const last = new Map<string, Word>();
  for (const said of decisions) {
    const { decision, by, seq } = said;
    if (decision !== 'approve' && decision !== 'request-changes' && decision !== 'withdraw') continue;
    const isAdmin = rolesOf.get(seq)?.roles.includes('admin') === true;
    if (isAdmin && decision !== 'request-changes')
      for (const [who, other] of last) if (other.decision === 'request-changes') last.delete(who);
    if (decision !== 'withdraw') last.set(spelling(by), said);
    else if (last.get(spelling(by))?.decision === 'request-changes') last.delete(spelling(by));
  }
  const words = [...last.values()];
  return {
    approvals: words.filter(({ decision }) => decision === 'approve'),
    requests: words.filter(({ decision }) => decision === 'request-changes'),
  };
}

export const asksForChanges = (standing: Standing, by: string): boolean =>
  standing.requests.some((one) => samePerson(one.by, by));

/** The requests for changes of others that a decision put an end to. */
export function setAsideBy<Word extends Said>(
  decision: Said,
  decisions: readonly Word[],
  rolesOf: Parameters<typeof standingOf>[1],
): Word[] {
  const until = (last: number) =>
    standingOf(
      decisions.filter(({ seq }) => seq <= last),
      rolesOf,
    ).requests;
  const left = until(decision.seq);
  return until(decision.seq - 1).filter(
    (one) => !samePerson(one.by, decision.by) && !left.some(({ seq }) => seq === one.seq),
  );
}
