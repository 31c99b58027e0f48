import { describe, expect, it } from 'vitest';
import { serverLimits } from './headers.ts';

const headers = (fields: Record<string, string>) => serverLimits(new Headers(fields));

describe('the headers of a server with limits', () => {
  it('are read as OpenAI writes them', () => {
    expect(
      headers({
        'x-ratelimit-limit-requests': '10000',
        'x-ratelimit-remaining-requests': '9990',
        'x-ratelimit-reset-requests': '6m0.5s',
        'x-ratelimit-limit-tokens': '200000',
        'x-ratelimit-remaining-tokens': '199000',
        'x-ratelimit-reset-tokens': '20ms',
      }),
    ).toEqual({
      requests: { limit: 10_000, remaining: 9990, resetMs: 360_500 },
      tokens: { limit: 200_000, remaining: 199_000, resetMs: 20 },
    });
  });

  it('may give the reset in seconds', () => {
    expect(
      headers({
        'x-ratelimit-limit-requests': '60',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '1.5',
      })?.requests,
    ).toEqual({ limit: 60, remaining: 0, resetMs: 1500 });
  });

  it.each([
    ['none are there', {}],
    ['one is missing', { 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '0' }],
    [
      'the reset is no time',
      {
        'x-ratelimit-limit-requests': '60',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': 'soon',
      },
    ],
    [
      'more is left than there is',
      {
        'x-ratelimit-limit-requests': '60',
        'x-ratelimit-remaining-requests': '61',
        'x-ratelimit-reset-requests': '1s',
      },
    ],
  ])('say nothing when %s', (_, fields) => expect(headers(fields as Record<string, string>)).toBeUndefined());
});
