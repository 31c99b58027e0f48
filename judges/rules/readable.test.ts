import { describe, expect, it } from 'vitest';
import { readable } from './readable.ts';

describe('readable', () => {
  it.each([
    'A normal period lasts 2 to 7 days.',
    '28 days.',
    'Colostrum.',
    'Women over 50 years of age need contraception for 1 year after the last period. Women under 50 years of age need contraception for 2 years after the last period.',
    'Toxic shock syndrome causes sudden fever, rash and low blood pressure.',
    'Liver contains too much vitamin A for pregnancy.',
    'She had had the implant for 3 years.',
    'What can a patient ask for during an examination?',
    'Hyperemesis gravidarum is severe vomiting in pregnancy.',
    'Prostaglandins constrict vessels.',
    'The registry moves an alias by compare-and-set, so stale evidence cannot win.',
    'No.',
  ])('reads: %s', (text) => {
    expect(readable(text)).toEqual({ readable: true });
  });

  it.each([
    ['', 'empty'],
    ['   ...', 'empty'],
    ['the the period of of cycle lasts days days.', 'repeats a word'],
    ['A period lasts lasts 5 days.', 'repeats a word'],
    ['The cycle of the cycle of the cycle of the cycle.', 'repeats within a sentence'],
    ['Call a doctor today. Call a doctor today. Call a doctor today.', 'is said twice'],
    ['The hormone of the is in womb lining.', 'is not English'],
    ['A of the pill can of cycle days.', 'is not English'],
    ['The egg leaves the ovary and the.', 'is not English'],
    ['of urgent care for bleeding pregnancy for Seek.', 'is not English'],
    ['egg womb cycle hormone ovary period lining blood tissue pill.', 'heap of words'],
    ['xqzt bvnmk prgn lasts wrtpq days.', 'is no word'],
    ['aaaaaaaaaaaaaaa', 'a character repeats'],
    ['Take 1111111111111 milligrams of it each day.', 'a character repeats'],
    ['!!!!!! ????', 'empty'],
    ['1 2 3 4 5 6 7', 'no words'],
  ])('does not read %j: %s', (text, reason) => {
    const reading = readable(text);
    expect(reading).toMatchObject({ readable: false });
    expect(reading.readable ? '' : reading.reason).toContain(reason);
  });

  it('takes fluent text about something else for readable: it judges form, not sense', () => {
    expect(readable('Copper harms sperm inside the womb.', ['How much does a refund cost?']).readable).toBe(true);
  });

  it('takes made-up words for noise where the subject is known', () => {
    const known = [
      'How long does a normal menstrual period usually last in adults?',
      'A normal period lasts 2 to 7 days. Heavy bleeding soaks pads, tampons and cups; iron falls.',
    ];
    expect(
      readable('perod cyclation ofteneth menstrogen wombers ovarint lasting daycle the pregnal.', known).readable,
    ).toBe(false);
  });
});
