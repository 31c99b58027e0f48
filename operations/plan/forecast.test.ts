import { probit } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { OpenAiModelSchema } from '../../configs/schema.ts';
import { detectableDifference, forecastStage } from './forecast.ts';

const spec = (fields: Record<string, unknown> = {}) =>
  OpenAiModelSchema.parse({ provider: 'openai', model: 'small', concurrency: 10, maxTokens: 500, ...fields });
const forecast = (options: Partial<Parameters<typeof forecastStage>[0]> = {}) =>
  forecastStage({
    stage: 'generation',
    spec: spec(),
    calls: { low: 100, high: 100 },
    known: 0,
    inputTokens: 1000,
    guess: { low: 100, high: 900 },
    usual: undefined,
    ...options,
  });

describe('the forecast of a stage', () => {
  it('asks some calls again at most, and no answer is longer than its limit', () => {
    const { calls, outputTokens } = forecast();
    expect(calls).toEqual({ low: 100, high: 105 });
    expect(outputTokens).toEqual({ low: 100 * 100, high: 105 * 500 });
  });

  it('learns length and time from what calls usually took', () => {
    const { outputTokens, seconds } = forecast({ usual: { outputTokens: 200, latencyMs: 1000 } });
    expect(outputTokens).toEqual({ low: 100 * 160, high: 105 * 240 });
    expect(seconds.low).toBeCloseTo((100 * 0.8) / 10);
    expect(seconds.high).toBeCloseTo((105 * 1.2) / 10);
  });

  it('takes as long as the requests a minute make it', () => {
    const { seconds } = forecast({ spec: spec({ requestsPerMinute: 60 }), usual: { outputTokens: 1, latencyMs: 1 } });
    expect(seconds).toEqual({ low: 100, high: 105 });
  });

  it('costs what the prices say, and says nothing without prices', () => {
    expect(forecast().usd).toBeUndefined();
    const { usd } = forecast({
      spec: spec({ prices: { inputPerMillion: 2, outputPerMillion: 10 } }),
      usual: { outputTokens: 100, latencyMs: 1 },
    });
    expect(usd?.low).toBeCloseTo((100 * 800 * 2 + 100 * 80 * 10) / 1e6);
    expect(usd?.high).toBeCloseTo((105 * 1200 * 2 + 105 * 120 * 10) / 1e6);
  });

  it('is nothing when the ledger knows all', () => {
    const { calls, usd, seconds } = forecast({
      spec: spec({ prices: { inputPerMillion: 2, outputPerMillion: 10 } }),
      calls: { low: 0, high: 0 },
      known: 100,
    });
    expect([calls, usd, seconds]).toEqual([
      { low: 0, high: 0 },
      { low: 0, high: 0 },
      { low: 0, high: 0 },
    ]);
  });
});

describe('the difference that a gate can show', () => {
  const at = (clusters: number, discordant: number) =>
    detectableDifference({ clusters, discordant, zConfidence: probit(0.975), zPower: probit(0.8) });

  it('halves with four times the facts, and grows with what the models answer differently', () => {
    expect(at(400, 0.2)).toBeCloseTo(at(100, 0.2) / 2);
    expect(at(100, 0.4)).toBeGreaterThan(at(100, 0.1));
    expect(at(1, 1)).toBe(1);
  });

  it('is found four times out of five in simulated comparisons', () => {
    const [clusters, discordant] = [400, 0.3];
    const difference = at(clusters, discordant);
    let state = 7;
    const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    let shown = 0;
    for (let trial = 0; trial < 1000; trial++) {
      let sum = 0;
      let squares = 0;
      for (let i = 0; i < clusters; i++) {
        const place = random();
        const d = place < (discordant + difference) / 2 ? 1 : place < discordant ? -1 : 0;
        sum += d;
        squares += d * d;
      }
      const mean = sum / clusters;
      const error = Math.sqrt((squares / clusters - mean * mean) / clusters);
      if (mean - probit(0.975) * error > 0) shown++;
    }
    expect(shown / 1000).toBeGreaterThan(0.75);
    expect(shown / 1000).toBeLessThan(0.87);
  });
});
