import { describe, expect, it } from 'vitest';
import { analyse } from './analysis.ts';
import { stem } from './stem.ts';

const read = (text: string) =>
  analyse(text).quantities.map(({ value, unit, bound }) => [bound, value, unit].filter(Boolean).join(' '));

describe('quantities', () => {
  it.each([
    ['21 to 35 days', ['504 hour', '840 hour']],
    ['between twenty-one and thirty-five days', ['504 hour', '840 hour']],
    ['21-35 days', ['504 hour', '840 hour']],
    ['two weeks', ['336 hour']],
    ['14 days', ['336 hour']],
    ['1 year', ['12 month']],
    ['12 months', ['12 month']],
    ['within an hour', ['under 1 hour']],
    ['200 mg a day', ['200 milligram']],
    ['3 times a day', ['3 time']],
    ['twice a day', ['2 time']],
    ['over 99 percent', ['over 99 percent']],
    ['99%', ['99 percent']],
    ['no more than 8 hours', ['under 8 hour']],
    ['about 2 in every 1000 fittings', ['0.2 percent']],
    ['one in ten', ['10 percent']],
    ['140 over 90 millimetres of mercury', ['140 millimetre', '90 millimetre']],
    ['38°C', ['38 degree']],
    ['38 degrees Celsius', ['38 degree']],
    ['1,500 calories', ['1500 calorie']],
    ['2.5 cm', ['25 millimetre']],
    ['type 2 diabetes', ['2']],
    ['one of the causes', []],
    ['call at once', []],
    ['week 20', ['20']],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });
});

describe('stems', () => {
  it.each([
    ['lasts', 'lasting', 'last', 'lasted'],
    ['oestrogen', 'estrogen'],
    ['babies', 'baby'],
    ['women', 'woman'],
    ['use', 'used', 'using', 'uses'],
    ['stop', 'stopped', 'stopping'],
    ['labour', 'labor'],
    ['centimetre', 'centimeters'],
    ['anaemia', 'anemia'],
    ['taken', 'takes', 'take'],
  ])('%s joins its other forms', (...forms) => {
    expect(new Set(forms.map(stem)).size).toBe(1);
  });

  it.each([
    ['bleed', 'blow'],
    ['thin', 'thing'],
    ['need', 'new'],
    ['constructor', 'construct'],
    ['period', 'peri'],
  ])('%s and %s stay two words', (one, other) => {
    expect(stem(one)).not.toBe(stem(other));
  });
});

describe('negations', () => {
  it('reach the words after them, up to the end of the clause', () => {
    const { negations } = analyse('A copper coil contains no hormones, and copper harms sperm.');
    expect(negations.map((scope) => [...scope])).toEqual([[stem('hormones')]]);
  });

  it('tell non-cancerous from cancerous', () => {
    expect(analyse('non-cancerous growths').negations).toHaveLength(1);
    expect(analyse('cancerous growths').negations).toHaveLength(0);
  });

  it('keep a compound apart from its parts', () => {
    expect(analyse('the progestogen-only pill').content.has('progestogen')).toBe(false);
  });
});
