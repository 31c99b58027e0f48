import type { ChatModel } from '../../contract/ports.ts';
import { Limiter } from './limiter.ts';

/** The limiters of one worker: one for each model of each server, shared by all that calls it. */
export class Limits {
  readonly #limiters = new Map<string, Limiter>();

  /** The limiter of a model. Of configs that state different limits for one model, each gets its own. */
  of(model: Pick<ChatModel, 'provider' | 'model' | 'settings' | 'concurrency' | 'rates'>): Limiter {
    const { provider, model: name, settings, concurrency, rates } = model;
    const id = JSON.stringify([provider, name, settings?.server, concurrency, rates]);
    let limiter = this.#limiters.get(id);
    if (!limiter) this.#limiters.set(id, (limiter = new Limiter({ concurrency, ...rates })));
    return limiter;
  }
}
