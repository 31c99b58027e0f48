/** A secret shorter than this would also match ordinary words. */
const MIN_SECRET_LENGTH = 6;

/** The shapes of keys that a server may echo, or that stand in a header or a URL. */
const SECRET_SHAPES: [RegExp, string][] = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/g, '$1 [redacted]'],
  [/\b(sk|hf|gsk|pplx|xai)[-_][\w*-]{6,}/g, '[redacted]'],
  [/(\/\/)[^/\s:@]+:[^/\s@]+@/g, '$1[redacted]@'],
];

/** Takes secrets out of a text: the given ones, and whatever has the shape of a key. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length >= MIN_SECRET_LENGTH) clean = clean.replaceAll(secret, '[redacted]');
  }
  for (const [shape, replacement] of SECRET_SHAPES) clean = clean.replace(shape, replacement);
  return clean;
}
