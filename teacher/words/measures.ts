/** Patterns for amounts and units, put together into the rules of gaps.ts. All are used without regard to case. */

const number =
  String.raw`(?:(?:[<>\u2264\u2265\u00b1~\u2248] ?)?\d[\d.,]*(?:[-\u2013]\d[\d.,]*)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|` +
  String.raw`sixty|seventy|eighty|ninety|hundred|half an?|a few|several|some|many)`;
const qualifier = String.raw`(?:(?:about|around|approximately|roughly|over|under|up to|at least|at most|more than|less than|fewer than|no more than|no less than|nearly|almost|only|between|the first) )*`;

/** "about 10 to 20" */
export const AMOUNT = `${qualifier}${number}(?: (?:to|or|and|over) ${number})?`;
export const TIME = '(?:second|minute|hour|day|night|week|month|year|decade)s?';
export const SCALE =
  '(?:milligram|microgram|gram|kilogram|millilitre|milliliter|litre|liter|centimetre|centimeter|millimetre|millimeter|' +
  'metre|meter|kilometre|kilometer|mile|calorie|degree|tonne|pound|ounce|dollar|euro|cent|inch|feet|foot|volt|watt)(?:s|es)?';
export const LONG = '(?:long|old|late|tall|wide|thick|high|deep|heavy)';
export const MORE = '(?:earlier|later|longer|shorter|taller|higher|lower|faster|slower|heavier)';

export const rule = (pattern: string): RegExp => new RegExp(`^${pattern}$`, 'i');

const boundary = new RegExp(
  String.raw`\s+(?=(?:in|on|at(?! (?:least|most) (?!once))|during|after|before|for|from|towards?|until|by|within|inside|outside|near|` +
    String.raw`under(?! \d)|below|into|through|throughout|while|when|because|as (?:soon|early|late)|every|each|(?<!least |most )once|twice|` +
    String.raw`between|without|despite|per|alongside)\b)|(?<!\d|\b(?:up|due|prior|according|addition|related|linked|next|close|similar|order|able|have|has|had|used|exposed|response|resistant|attached|sensitive|likely))\s+(?=to\s(?!\d))`,
  'i',
);

/** The object or complement, then each phrase that follows it, still in order. What starts with `of`, `with` or `than` stays attached. */
export function segments(text: string): string[] {
  const parts: string[] = [];
  for (const part of text === '' ? [] : text.split(boundary)) {
    const last = parts.at(-1);
    if (last && /^(?:to|for|at|in|on|from|by|until)$/i.test(last)) parts[parts.length - 1] = `${last} ${part}`;
    else parts.push(part);
  }
  return parts;
}

const temporal = new RegExp(
  String.raw`^(?:(?:before|after|during|until|when|while|within|as soon as)\b|(?:in|on|at(?! least| most)|by|from|between|over|through|throughout)\b.*\b` +
    String.raw`(?:${TIME}|any time|morning|evening|summer|winter|spring|autumn|january|february|march|april|may|june|july|august|september|` +
    String.raw`october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|trimester|1[5-9]\d\d|20\d\d)\b)`,
  'i',
);

/** True of a phrase that says when. */
export const isTemporal = (phrase: string): boolean => temporal.test(phrase);

const measured = new RegExp(`^${AMOUNT} (?:${TIME}|${SCALE}|percent|times)\\b`, 'i');

/** True of a text that starts with a measure: "about 2 hours", "50 percent of women". */
export const isMeasured = (text: string): boolean => measured.test(text);
