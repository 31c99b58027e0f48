import { describe, expect, it } from 'vitest';
import { findPersonalData, phoneRegions, redactPersonalData } from './personal-data.ts';

const kinds = (text: string, region?: string) => findPersonalData(text, region).map(({ kind }) => kind);

describe('personal data', () => {
  it.each([
    ['Write to jane.o’hara+x@clinic.example.org.', 'Write to [email].'],
    ['Call +44 20 7946 0958 at night.', 'Call [phone] at night.'],
    ['Pay with 4111 1111 1111 1111, please.', 'Pay with [card], please.'],
    ['To DE89 3704 0044 0532 0130 00 by Monday.', 'To [iban] by Monday.'],
    ['From 203.0.113.77 it came.', 'From [ip] it came.'],
    ['It came from 203.0.113.77. Then from 192.168.10.5:8080!', 'It came from [ip]. Then from [ip]:8080!'],
    ['Over 2001:db8::1, or fe80::1ff:fe23:4567:890a.', 'Over [ip], or [ip].'],
    ['月经 🩸: mail a@b.co and +1 202-555-0143!', '月经 🩸: mail [email] and [phone]!'],
  ])('is redacted in %s', (text, redacted) => {
    expect(redactPersonalData(text).text).toBe(redacted);
  });

  it.each([
    'Between 18 and 21 weeks, 1 in 1,000 women has 120/80 mmHg.',
    'Take 400 micrograms at 08:30 on 2026-11-24; version 1.2.3.4.5.',
    'Order 4111 1111 1111 1112 has no check digit that fits.',
    'The server listens on 127.0.0.1.',
    'See section 4.1.2.3 and version 2.10.0.1, or ::1, at 12:30:45.',
    'Page 10.1000/182 and ISBN 978-3-16-148410-0.',
  ])('is not seen in %s', (text) => {
    expect(kinds(text)).toEqual([]);
  });

  it('has phone numbers without a country code where the config says where they are from', () => {
    expect(kinds('Ring 020 7946 0958.')).toEqual([]);
    expect(kinds('Ring 020 7946 0958.', 'GB')).toEqual(['phone']);
  });

  it('has phone numbers of countries by their ISO codes: the United Kingdom is GB', () => {
    expect(phoneRegions()).toContain('GB');
    expect(phoneRegions()).not.toContain('UK');
  });

  it('comes with its place', () => {
    const text = '🩸 a@b.co';
    const [one] = findPersonalData(text);
    expect(text.slice(one?.start, one?.end)).toBe('a@b.co');
  });
});
