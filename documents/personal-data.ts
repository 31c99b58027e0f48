import { findPhoneNumbersInText, getCountries, type CountryCode } from 'libphonenumber-js/max';
import validator from 'validator';

/** Personal data that can be told by its form. Names and addresses of places can't: only people or a model find those. */

export type PersonalDataKind = 'email' | 'phone' | 'card' | 'iban' | 'ip';

export interface PersonalData {
  kind: PersonalDataKind;
  /** Offsets in UTF-16 code units. */
  start: number;
  end: number;
}

const WITH_COUNTRY_CODE = /[+\uff0b][\s(]{0,3}\d/g;
const MANY_DIGITS = /(?:\d[\s().\-/\u2010-\u2015]{0,3}){6}\d/g;
/** More than any phone number takes, and what may stand before it. */
const AROUND = 100;

/** What looks like one, and whether it is: the check digits, lengths and ranges are the libraries'. */
const FORMS: Readonly<Record<Exclude<PersonalDataKind, 'phone'>, { looks: RegExp; is: (text: string) => boolean }>> = {
  email: {
    looks: /(?!\.)[^\s@<>()[\]{},;:"'`|]{1,64}@[\p{L}\p{N}.-]+\.\p{L}{2,}/gu,
    is: (text) => validator.isEmail(text),
  },
  iban: {
    looks: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b/g,
    is: (text) => validator.isIBAN(text.replaceAll(' ', '')),
  },
  card: {
    looks: /\b\d(?:[ -]?\d){12,18}\b/g,
    is: (text) => validator.isCreditCard(text.replace(/[ -]/g, '')),
  },
  ip: {
    looks: /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)|(?<![\w:])[\da-f]{0,4}:[\da-f:]{1,35}:[\da-f]{0,4}(?![\w:])/gi,
    is: isAddress,
  },
};

/** Loopback and unspecified addresses are nobody's; four small numbers are a section or a version. */
function isAddress(text: string): boolean {
  const small = text.split('.').every((part) => Number(part) < 20);
  return validator.isIP(text) && !small && !/^(127\.|0\.0\.0\.0$|255\.|::1?$)/.test(text);
}

/**
 * Finds e-mail addresses, phone numbers, payment cards, bank accounts (IBAN) and IP addresses, in order, none inside another.
 * @param region where phone numbers without a country code are from, as in `GB`; without it only those with one are found
 */
export function findPersonalData(text: string, region?: string): PersonalData[] {
  let found: PersonalData[] = [];
  for (const [kind, { looks, is }] of Object.entries(FORMS) as [
    Exclude<PersonalDataKind, 'phone'>,
    (typeof FORMS)['ip'],
  ][]) {
    const more = [...text.matchAll(looks)].flatMap((match) => {
      const value = match[0].replace(/[.\-:]+$/, '');
      return is(value) ? [{ kind, start: match.index, end: match.index + value.length }] : [];
    });
    found = joined(found, more);
  }
  return joined(found, phoneNumbers(text, region));
}

/** Both, in order, without those of the second that lie over one of the first. */
function joined(first: readonly PersonalData[], second: readonly PersonalData[]): PersonalData[] {
  let next = 0;
  const apart = second.filter(({ start, end }) => {
    while (next < first.length && first[next]!.end <= start) next += 1;
    return (first[next]?.start ?? Infinity) >= end;
  });
  return [...first, ...apart].sort((a, b) => a.start - b.start);
}

/** The search for phone numbers costs a hundred times what all others do together: only around where there may be one. */
function phoneNumbers(text: string, region: string | undefined): PersonalData[] {
  const windows: { start: number; end: number }[] = [];
  for (const { index } of text.matchAll(region === undefined ? WITH_COUNTRY_CODE : MANY_DIGITS)) {
    const last = windows.at(-1);
    if (last && index - AROUND <= last.end) last.end = index + AROUND;
    else windows.push({ start: Math.max(0, index - AROUND), end: index + AROUND });
  }
  return windows.flatMap(({ start, end }) =>
    findPhoneNumbersInText(text.slice(start, end), region as CountryCode | undefined).map(
      ({ startsAt, endsAt }): PersonalData => ({ kind: 'phone', start: start + startsAt, end: start + endsAt }),
    ),
  );
}

/** The regions that phone numbers can be from, as in `GB`. */
export const phoneRegions = (): string[] => getCountries();

/** Puts `[email]`, `[phone]`, ... where personal data stood. */
export function redactPersonalData(text: string, region?: string): { text: string; found: PersonalData[] } {
  const found = findPersonalData(text, region);
  let redacted = '';
  let from = 0;
  for (const { kind, start, end } of found) {
    redacted += `${text.slice(from, start)}[${kind}]`;
    from = end;
  }
  return { text: found.length === 0 ? text : redacted + text.slice(from), found };
}
