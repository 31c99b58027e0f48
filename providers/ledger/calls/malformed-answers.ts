import type { Call, Pay } from './call.ts';
import { ProviderError } from '../../../contract/ports.ts';

/** Answers that are not what the protocol says, and are paid for all the same, until their request is given up. */
const MOST = 3;

/**
 * Counts the malformed answers to each request of each run. After the third the request is given up: it is not asked again, by a later
 * try of the same work either, as long as this process lives.
 */
export class MalformedAnswers {
  readonly #requests = new Map<string, { count: number; last: ProviderError }>();

  /** @throws ProviderError that is not to be retried, where the request was given up */
  check(request: string): void {
    const known = this.#requests.get(request);
    if (known && known.count >= MOST) throw known.last;
  }

  /** What to throw for a failure of the request: itself, or the last word on it. */
  add(request: string, error: unknown): unknown {
    if (!(error instanceof ProviderError) || error.kind !== 'malformed') return error;
    const count = (this.#requests.get(request)?.count ?? 0) + 1;
    const { kind, message, paid, cause } = error;
    const given = `${message} (${count} times: it is not asked again)`;
    const last = count < MOST ? error : new ProviderError(kind, given, { paid, final: true, cause });
    this.#requests.set(request, { count, last });
    return last;
  }

  answered(request: string): void {
    this.#requests.delete(request);
  }
}

const asked = ({ run, key }: Call) => `${run} ${key}`;

/** Refuses what was given up, before it waits for its turn. */
export const unlessGivenUp =
  (malformed: MalformedAnswers, next: Pay): Pay =>
  async (call) => {
    malformed.check(asked(call));
    return next(call);
  };

/** Counts each try of a call. */
export const countingMalformed =
  (malformed: MalformedAnswers, next: Pay): Pay =>
  async (call) => {
    try {
      const paid = await next(call);
      malformed.answered(asked(call));
      return paid;
    } catch (error) {
      throw malformed.add(asked(call), error);
    }
  };
