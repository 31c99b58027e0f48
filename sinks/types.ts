import type { RegistryEvent } from '../schema/event.ts';

/** Somebody who is told what happened. */
export interface Sink {
  /** As the registry knows it: how far it has been told is kept by this name. */
  name: string;
  /** Where one begins that is new: with what happens from now on, or with all that ever happened. */
  from: 'now' | 'start';
  /** Whether it wants this one. */
  wants: (event: RegistryEvent) => boolean;
  /** Tells it, once or once more: an event that was told before must change nothing. */
  deliver: (event: RegistryEvent, signal: AbortSignal) => Promise<Delivery>;
  timing: SinkTiming;
}

/** What came of an attempt. What `deliver` throws counts as failed. */
export type Delivery =
  | { status: 'delivered' }
  /** It may succeed later. */
  | { status: 'failed'; why: string; retryAfterMs?: number | undefined }
  /** It never will: the event is set aside, and the next one is told. */
  | { status: 'refused'; why: string }
  /** Nobody is there any more: nothing is sent until somebody says so. */
  | { status: 'gone'; why: string };

export interface SinkTiming {
  /** How long after a failed attempt the next one follows; twice as long after each further one. */
  firstRetryMs: number;
  mostRetryMs: number;
  /** How long an event that fails keeps those after it waiting until it is set aside; undefined: for ever. */
  deadAfterMs?: number | undefined;
}
