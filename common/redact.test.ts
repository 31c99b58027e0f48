import { describe, expect, it } from 'vitest';
import { redact } from './redact.ts';

describe('redact', () => {
  it.each([
    ['a given secret, wherever it stands', 'x=topsecret&y=topsecret', 'x=[redacted]&y=[redacted]'],
    ['a header', '{"authorization":"Bearer abc.def-123"}', '{"authorization":"Bearer [redacted]"}'],
    ['an echoed key, also a half hidden one', 'Incorrect API key: sk-proj-12****9z.', 'Incorrect API key: [redacted].'],
    ['a Hugging Face token', 'token hf_AbCdEfGh is wrong', 'token [redacted] is wrong'],
    ['a password in a URL', 'http://me:pass1@host/v1', 'http://[redacted]@host/v1'],
  ])('takes out %s', (_what, text, clean) => {
    expect(redact(text, ['topsecret'])).toBe(clean);
  });

  it('leaves ordinary words alone, even when a secret is one', () => {
    const text = 'the basic task_name at http://host:80/path@x is a risk-free sketch';
    expect(redact(text, ['is', 'a'])).toBe(text);
  });
});
