import { TIME_UNITS, UNITS, unitOf } from './measures.ts';

/** Numbers with their units, read from words: 'two weeks' is '14 days', '1 in 10' is '10 percent'. */

export interface Quantity {
  value: number;
  /** Canonical unit, empty where none is named. */
  unit: string;
  /** A bound put before it: 'over' for more than, at least; 'under' for less than, up to. */
  bound?: 'over' | 'under';
  /** As written, for reasons shown to people. */
  text: string;
}

const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const WORD_VALUES = new Map<string, number>([
  ...ONES.map((word, value): [string, number] => [word, value]),
  ...TENS.map((word, index): [string, number] => [word, (index + 2) * 10]),
  ['dozen', 12],
]);
const COUNTS = new Map([
  ['once', 1],
  ['twice', 2],
  ['thrice', 3],
]);
const RATES: Record<string, string> = {
  daily: 'day',
  weekly: 'week',
  monthly: 'month',
  yearly: 'year',
  hourly: 'hour',
};
const CONNECTORS = new Set(['to', 'and', 'or', 'over']);
const JOINS_A_SPAN = new Set([
  'in',
  'within',
  'for',
  'after',
  'under',
  'over',
  'about',
  'around',
  'than',
  'to',
  'least',
  'nearly',
]);
const OVER = new Set(['over', 'above', 'exceeding']);
const UNDER = new Set(['under', 'below', 'within', 'underneath']);

/** Readable forms of a text before it is split into words: signs become words, ranges and ordinals plain numbers. */
export function spellOutSigns(text: string): string {
  return text
    .replace(/%/g, ' percent')
    .replace(/per cent\b/g, 'percent')
    .replace(/°\s*c\b/g, ' degrees celsius')
    .replace(/(\d)\s*(?:-|to)\s*(?=\d)/g, '$1 to ')
    .replace(/(\d)(?:st|nd|rd|th)\b/g, '$1')
    .replace(/(\d)(?=mg|mcg|ml|kg|cm|mm|g\b)/g, '$1 ');
}

export interface Reading {
  quantities: Quantity[];
  /** Indexes of the words that a quantity took: they are no content words. */
  used: Set<number>;
  /** `per day`, `per week`: rates named in the text. */
  rates: Set<string>;
}

/** Reads the quantities of a text's words, in order. `words` are lower case, with punctuation marks as words of their own. */
export function readQuantities(words: readonly string[]): Reading {
  const reading: Reading = { quantities: [], used: new Set(), rates: new Set() };
  let previousEnd = -1;
  for (let index = 0; index < words.length;) {
    const found = numberAt(words, index);
    const rate = found ? undefined : rateAt(words, index, previousEnd);
    if (rate) {
      reading.rates.add(`per ${rate.unit}`);
      for (let at = index; at < rate.end; at++) reading.used.add(at);
      index = rate.end;
    } else if (found) {
      take(reading, words, index, found);
      previousEnd = found.end;
      index = found.end;
    } else index += 1;
  }
  return reading;
}

interface FoundNumber {
  value: number;
  unit: string | undefined;
  end: number;
}

function take(reading: Reading, words: readonly string[], index: number, found: FoundNumber): void {
  for (let at = index; at < found.end; at++) reading.used.add(at);
  // The second half of a range gives its unit to the first: '21 to 35 days'.
  const unit = found.unit ?? unitOfRange(words, found.end);
  const [base, factor] = unit === undefined ? (['', 1] as const) : UNITS[unit]!;
  const value = Number((found.value * factor).toPrecision(12));
  const bound = boundBefore(words, index, reading.used);
  const borrowed = found.unit === undefined && unit ? ` ${unit}${unit === 'percent' || value === 1 ? '' : 's'}` : '';
  const text = words.slice(index, found.end).join(' ') + borrowed;
  reading.quantities.push({ value, unit: base, text, ...(bound && { bound }) });
}

function unitOfRange(words: readonly string[], end: number): string | undefined {
  if (!CONNECTORS.has(words[end] ?? '')) return undefined;
  return numberAt(words, end + 1)?.unit;
}

function boundBefore(words: readonly string[], index: number, used: Set<number>): Quantity['bound'] {
  const before = (back: number) => words[index - back] ?? '';
  const mark = (count: number, bound: 'over' | 'under') => {
    for (let back = 1; back <= count; back++) used.add(index - back);
    return bound;
  };
  const pair = `${before(2)} ${before(1)}`;
  if (/^(?:more|longer|later|older|greater|higher) than$/.test(pair) && /^(?:no|not)$/.test(before(3)))
    return mark(3, 'under');
  if (/^(?:less|fewer|lower) than$/.test(pair) && /^(?:no|not)$/.test(before(3))) return mark(3, 'over');
  if (/^(?:more|greater) than$|^at least$/.test(pair)) return mark(2, 'over');
  if (/^(?:less|fewer) than$|^at most$|^up to$|^maximum of$/.test(pair)) return mark(2, 'under');
  if (OVER.has(before(1))) return /^\d|^$/.test(before(2)) && index > 1 ? undefined : mark(1, 'over');
  if (UNDER.has(before(1))) return mark(1, 'under');
  return undefined;
}

function numberAt(words: readonly string[], index: number): FoundNumber | undefined {
  const plain = plainNumber(words, index) ?? onceOrTwice(words, index) ?? aUnit(words, index);
  if (!plain) return undefined;
  const share = shareOf(words, plain);
  if (share) return share;
  if (plain.unit !== undefined) return plain;
  const next = words[plain.end];
  const skipped = unitOf(next) === undefined && /^(?:full|whole|consecutive|more|extra)$/.test(next ?? '') ? 1 : 0;
  const unit = unitOf(words[plain.end + skipped]);
  if (unit === undefined) return words[index] === 'one' && !startsRange(words, plain.end) ? undefined : plain;
  let end = plain.end + skipped + 1;
  if (unit === 'degree' && words[end] === 'celsius') end += 1;
  return { value: plain.value, unit, end };
}

const startsRange = (words: readonly string[], at: number) =>
  CONNECTORS.has(words[at] ?? '') && plainNumber(words, at + 1) !== undefined;

function plainNumber(words: readonly string[], index: number): FoundNumber | undefined {
  const word = words[index] ?? '';
  if (/^\d/.test(word)) {
    const value = Number(/^\d{1,3}(?:,\d{3})+$/.test(word) ? word.replaceAll(',', '') : word.replace(',', '.'));
    return Number.isFinite(value) ? { value, unit: undefined, end: index + 1 } : undefined;
  }
  let value = WORD_VALUES.get(word);
  if (value === undefined) return undefined;
  let end = index + 1;
  const ones = WORD_VALUES.get(words[end] ?? '');
  if (value >= 20 && value % 10 === 0 && ones !== undefined && ones > 0 && ones < 10) {
    value += ones;
    end += 1;
  }
  for (const [name, factor] of [
    ['hundred', 100],
    ['thousand', 1000],
  ] as const) {
    if (words[end] !== name) continue;
    value *= factor;
    end += 1;
  }
  return { value, unit: undefined, end };
}

function onceOrTwice(words: readonly string[], index: number): FoundNumber | undefined {
  const value = COUNTS.get(words[index] ?? '');
  // 'at once' and 'once menopause has passed' count nothing.
  const counts = /^(?:an?|per|each|every|in|daily)$/.test(words[index + 1] ?? '') || words[index - 1] === 'least';
  return value === undefined || !counts ? undefined : { value, unit: 'time', end: index + 1 };
}

/** 'within an hour' is one hour; '3 times a day' is a rate. */
function aUnit(words: readonly string[], index: number): FoundNumber | undefined {
  if (!/^an?$/.test(words[index] ?? '') || !JOINS_A_SPAN.has(words[index - 1] ?? '')) return undefined;
  const unit = unitOf(words[index + 1]);
  return unit !== undefined && TIME_UNITS.has(unit) && unit === words[index + 1]
    ? { value: 1, unit, end: index + 2 }
    : undefined;
}

/** '1 in 10' and '2 in every 1000', as percent. */
function shareOf(words: readonly string[], plain: FoundNumber): FoundNumber | undefined {
  if (plain.unit !== undefined || words[plain.end] !== 'in') return undefined;
  const every = words[plain.end + 1] === 'every' ? 1 : 0;
  const whole = plainNumber(words, plain.end + 1 + every);
  if (!whole || whole.value === 0 || unitOf(words[whole.end]) !== undefined) return undefined;
  return { value: (plain.value / whole.value) * 100, unit: 'percent', end: whole.end };
}

function rateAt(
  words: readonly string[],
  index: number,
  previousEnd: number,
): { unit: string; end: number } | undefined {
  const word = words[index] ?? '';
  if (Object.hasOwn(RATES, word)) return { unit: RATES[word]!, end: index + 1 };
  const next = words[index + 1];
  const unit = unitOf(next);
  if (unit === undefined || unit !== next || !TIME_UNITS.has(unit)) return undefined;
  if (/^(?:per|each|every)$/.test(word)) return { unit, end: index + 2 };
  return /^an?$/.test(word) && previousEnd >= 0 && index - previousEnd <= 4 ? { unit, end: index + 2 } : undefined;
}
