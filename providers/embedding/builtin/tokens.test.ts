import { expect, it } from 'vitest';
import { sha256Of } from '../../../common/hash.ts';
import fc from '../../../test/support/property.ts';
import { createTokens, vocabulary } from './tokens.ts';

const tokens = createTokens();

it('has the words of uncased BERT, each at its number', () => {
  // Of the file vocab.txt as it comes with all-MiniLM-L6-v2.
  expect(sha256Of(`${vocabulary().join('\n')}\n`)).toBe(
    '07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3',
  );
});

// As the tokenizer of transformers 5.23 reads them.
it.each([
  ['', [101, 102]],
  ['🙂🚑', [101, 100, 102]],
  ['étude É', [101, 3802, 12672, 1041, 102]],
  ['Größe straße naïve café', [101, 24665, 2080, 17499, 2358, 27807, 15743, 7668, 102]],
  ['子宮内膜症とは何ですか？', [101, 1816, 1824, 1773, 100, 100, 1666, 30198, 100, 1665, 30184, 30177, 1994, 102]],
  ['ǅ İstanbul ẞ', [101, 100, 9960, 1096, 102]],
  ['why does everyone go on about folic acid', [101, 2339, 2515, 3071, 2175, 2006, 2055, 1042, 23518, 5648, 102]],
])('reads %j as the model was trained to', (text, expected) => {
  expect(tokens(text)).toEqual(expected);
});

it('reads any text at all, of any length, and never more than the model takes', () => {
  const any = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ unit: 'grapheme', maxLength: 400 }));
  fc.assert(
    fc.property(any, (text) => {
      const read = tokens(text);
      expect(read.length).toBeLessThanOrEqual(256);
      expect([read[0], read.at(-1)]).toEqual([101, 102]);
      expect(read.every((token) => Number.isInteger(token) && token >= 0 && token < 30_522)).toBe(true);
    }),
  );
  expect(tokens('word '.repeat(200_000))).toHaveLength(256);
  expect(tokens('x'.repeat(1_000_000))).toEqual([101, 100, 102]);
});
