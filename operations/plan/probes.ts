import { probesOf } from '../../generation/probe-questions.ts';
import type { RunConfig } from '../../configs/schema.ts';
import { likelyInputTokens } from '../../providers/chat/call-cost.ts';
import { modelIdentity } from '../../providers/index.ts';
import type { Ledger } from '../../providers/ledger/ledger.ts';
import { forecastStage, type StageForecast } from './forecast.ts';

/** Tries of a reply that can't be read, and a comparison's two orders. */
const MOST_CALLS = 3;

/** The small request that each model gets before a run; once answered, the ledger holds it. */
export async function planProbes(options: { config: RunConfig; ledger: Ledger }): Promise<StageForecast[]> {
  const { config, ledger } = options;
  return Promise.all(
    probesOf(config).map(async ({ use, spec, kind, request }) => {
      const [known] = kind === 'chat' ? await ledger.peek(modelIdentity(spec), [request]) : [];
      return forecastStage({
        stage: `first request: ${use}`,
        spec,
        calls: known ? { low: 0, high: 0 } : { low: 1, high: kind === 'chat' ? MOST_CALLS : 1 },
        known: known ? 1 : 0,
        inputTokens: likelyInputTokens(request),
        guess: { low: 20, high: 150 },
        usual: undefined,
      });
    }),
  );
}
