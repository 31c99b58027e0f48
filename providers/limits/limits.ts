import type { ChatModel } from '../../contract/ports.ts';
import { Limiter } from './limiter.ts';
import { SharedRate, type TakeShared } from './shared-rate.ts';

/** The limiters of one worker: one for each model of each server, shared by all that calls it. The rates of a config hold over all workers. */
export class Limits {
  readonly #limiters = new Map<string, Limiter>();
  readonly #take: TakeShared | undefined;

  /** @param take where other workers take what a config allows; without it, this one is alone */
  constructor(take?: TakeShared) {
    this.#take = take;
  }

  /** The limiter of a model. Of configs that state different limits for one model, each gets its own. */
  of(model: Pick<ChatModel, 'provider' | 'model' | 'settings' | 'concurrency' | 'rates'>): Limiter {
    const { provider, model: name, settings, concurrency, rates } = model;
    const id = JSON.stringify([provider, name, settings?.server, concurrency, rates]);
    let limiter = this.#limiters.get(id);
    if (!limiter)
      this.#limiters.set(id, (limiter = new Limiter({ concurrency, ...rates, shared: this.#shared(model) })));
    return limiter;
  }

  #shared({ provider, model, settings, rates }: Parameters<Limits['of']>[0]): SharedRate | undefined {
    const { requestsPerMinute, tokensPerMinute } = rates ?? {};
    if (!this.#take || (requestsPerMinute === undefined && tokensPerMinute === undefined)) return undefined;
    const id = JSON.stringify([
      provider,
      model,
      settings?.server ?? null,
      requestsPerMinute ?? null,
      tokensPerMinute ?? null,
    ]);
    return new SharedRate({ id, rates: { requestsPerMinute, tokensPerMinute }, take: this.#take });
  }
}
