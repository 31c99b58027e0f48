/**
 * How long a server asks to wait, in milliseconds: `retry-after-ms` (OpenAI's), else `Retry-After` in seconds or as an HTTP
 * date (RFC 9110, 10.2.3). Undefined when there is none or it can't be read.
 */
export function retryAfterMs(headers: Pick<Headers, 'get'>, nowMs: number): number | undefined {
  const milliseconds = parseAmount(headers.get('retry-after-ms'));
  if (milliseconds !== undefined) return milliseconds;
  const value = headers.get('retry-after');
  const seconds = parseAmount(value);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  const dateMs = value ? Date.parse(value) : NaN;
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

function parseAmount(text: string | null): number | undefined {
  return text && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
