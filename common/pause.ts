import { setImmediate } from 'node:timers/promises';

/** A loop asks at each step whether it pauses, for awaiting takes longer than most steps do. */
const STEPS = 10_000;
export const pausesAt = (step: number): boolean => step % STEPS === STEPS - 1;

/** Lets others go on in the midst of long work: calls of other runs, and the heartbeat, without which a worker counts as dead. */
export const pause = (): Promise<void> => setImmediate();
