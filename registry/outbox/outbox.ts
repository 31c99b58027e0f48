import type { Kysely } from 'kysely';
import type { RegistryTables } from '../schema.ts';
import { eventsAfter, findEvent, newestEvent, tellBudget, tellReminder } from './append.ts';
import type { ReachedBudget } from './events.ts';
import { askAgain, bury, hasAgain, listLetters, settleLetter, type Letter } from './letters.ts';
import {
  claimSink,
  disableSink,
  enableSink,
  enterSink,
  releaseSink,
  rewindSink,
  renewSink,
  sinkFailed,
  sinkStandings,
  sinkToldTo,
  type Holder,
} from './standing.ts';

export type Outbox = ReturnType<typeof createOutbox>;

/** What others are told of, how far each sink has been told, and what could not be told. */
export function createOutbox(db: Kysely<RegistryTables>) {
  return {
    tellBudget: (reached: ReachedBudget) => tellBudget(db, reached),
    tellReminder: (reminder: Parameters<typeof tellReminder>[1]) => tellReminder(db, reminder),
    newest: () => newestEvent(db),
    after: (seq: number, most: number) => eventsAfter(db, seq, most),
    find: (id: string) => findEvent(db, id),

    enter: (name: string, from: 'now' | 'start') => enterSink(db, name, from),
    standings: (name?: string) => sinkStandings(db, name),
    claim: (holder: Holder, leaseMs: number) => claimSink(db, holder, leaseMs),
    renew: (holder: Holder, leaseMs: number) => renewSink(db, holder, leaseMs),
    release: (holder: Holder) => releaseSink(db, holder),
    toldTo: (holder: Holder, seq: number, delivered: boolean) => sinkToldTo(db, holder, seq, delivered),
    failed: (holder: Holder, failure: Parameters<typeof sinkFailed>[2]) => sinkFailed(db, holder, failure),
    disable: (holder: Holder, why: string) => disableSink(db, holder, why),
    enable: (name: string) => enableSink(db, name),
    rewind: (name: string) => rewindSink(db, name),

    bury: (holder: Holder, letter: Parameters<typeof bury>[2]) => bury(db, holder, letter),
    letters: (of: Parameters<typeof listLetters>[1] = {}) => listLetters(db, of),
    hasAgain: (sink: string) => hasAgain(db, sink),
    askAgain: (sink: string, id: string) => askAgain(db, sink, id),
    settle: (letter: Letter, state: 'dead' | 'delivered', error: string) => settleLetter(db, letter, state, error),
  };
}
