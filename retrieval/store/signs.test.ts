import { expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { distance, Nearest, signsOf } from './signs.ts';

const vectors = fc.array(fc.float({ noNaN: true }), { minLength: 70, maxLength: 70 });

it('counts the numbers whose signs differ', () => {
  fc.assert(
    fc.property(vectors, vectors, (one, other) => {
      const [a, b] = [signsOf(Float32Array.from(one)), signsOf(Float32Array.from(other))];
      const expected = one.filter((value, at) => value > 0 !== other[at]! > 0).length;
      const block = Uint32Array.from([7, ...a]);
      expect(distance(block, 1, b)).toBe(expected);
    }),
  );
});

it('keeps the nearest, and what is as far as the last of them', () => {
  const far = fc.array(fc.nat({ max: 12 }), { maxLength: 200 });
  fc.assert(
    fc.property(far, fc.integer({ min: 1, max: 20 }), (distances, most) => {
      const nearest = new Nearest(most, 12);
      for (const [id, one] of distances.entries()) nearest.add(id, one);
      const limit = distances.toSorted((a, b) => a - b)[most - 1] ?? 12;
      const expected = distances.flatMap((one, id) => (one <= limit ? [{ id, one }] : []));
      const sorted = expected.sort((a, b) => a.one - b.one || a.id - b.id).map(({ id }) => id);
      expect(nearest.ids()).toEqual(sorted);
    }),
  );
});
