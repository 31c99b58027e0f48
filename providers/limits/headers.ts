import type { ServerLimit, ServerLimits } from '../../contract/ports.ts';

/**
 * Reads the x-ratelimit-* headers of OpenAI and of those that follow it: limit, remaining and reset of requests and tokens. A
 * reset is a time as in `6m0s`, `1.5s` or `20ms`, or a count of seconds. Undefined where a server sends none.
 */
export function serverLimits(headers: Pick<Headers, 'get'>): ServerLimits | undefined {
  const requests = limitOf(headers, 'requests');
  const tokens = limitOf(headers, 'tokens');
  if (!requests && !tokens) return undefined;
  return { ...(requests && { requests }), ...(tokens && { tokens }) };
}

function limitOf(headers: Pick<Headers, 'get'>, what: 'requests' | 'tokens'): ServerLimit | undefined {
  const limit = count(headers.get(`x-ratelimit-limit-${what}`));
  const remaining = count(headers.get(`x-ratelimit-remaining-${what}`));
  const resetMs = durationMs(headers.get(`x-ratelimit-reset-${what}`));
  if (limit === undefined || remaining === undefined || resetMs === undefined || remaining > limit) return undefined;
  return { limit, remaining, resetMs };
}

const count = (text: string | null) => (text !== null && /^\d+$/.test(text) ? Number(text) : undefined);

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function durationMs(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0),
    0,
  );
}
