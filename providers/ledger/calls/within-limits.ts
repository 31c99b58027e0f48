import { likelyTokens } from '../../chat/call-cost.ts';
import type { Limiter } from '../../limits/limiter.ts';
import type { ChatModel } from '../../../contract/ports.ts';
import type { Paid, Pay } from './call.ts';

/** Makes a call when the limits of the model's server let it start, and again when it fails in a way that passes. */
export function withinLimits({ model, limiter }: { model: ChatModel; limiter: Limiter }, next: Pay): Pay {
  return async (call) => {
    const { request, signal } = call;
    let paid: Paid | undefined;
    await limiter.run({
      kind: request.responseSchema?.name ?? '',
      tokens: likelyTokens(model, request),
      signal,
      call: async () => {
        paid = await next(call);
        return paid.reply;
      },
    });
    return paid as Paid;
  };
}
