import fc from '../../test/support/property.ts';
import { expect, it } from 'vitest';
import type { AliasMove } from '../schema.ts';
import { fits, makeAnswerId, readAnswerId, type Served } from './answer-id.ts';

const move: AliasMove = {
  model: 'womens-health',
  alias: 'production',
  seq: 12,
  fromVersion: 2,
  toVersion: 3,
  kind: 'promote',
  by: 'ada',
  why: 'better',
  requestId: 'promote/1',
  at: '2026-11-26T10:00:00Z',
};
const version = { model: 'womens-health', version: 3, ref: { uri: 'file:///w', sha256: 'w' } };
const when = { at: new Date('2026-11-26T12:34:56.789Z'), nonce: '0f1e2d3c' };

it('says which version answered, by which move, and when', () => {
  const id = makeAnswerId({ version, move }, when);
  expect(id).toMatch(/^ans-womens-health\.3\.production\.12\.[0-9a-z]+\.0f1e2d3c\.[0-9a-f]{16}$/);
  expect(readAnswerId(id)).toEqual({
    model: 'womens-health',
    version: 3,
    move: { alias: 'production', seq: 12 },
    at: '2026-11-26T12:34:56.789Z',
  });
  expect(readAnswerId(makeAnswerId({ version }, when))).toMatchObject({ version: 3, move: undefined });
});

it('fits what the registry says of it, and nothing else', () => {
  const served: Served = { version, move };
  const id = makeAnswerId(served, when);
  expect(fits(id, served)).toBe(true);
  expect(fits(id.replace('.3.', '.4.'), served)).toBe(false);
  expect(fits(id.replace('.12.', '.11.'), served)).toBe(false);
  expect(fits(id, { version, move: { ...move, why: 'worse' } })).toBe(false);
  expect(fits(id, { version })).toBe(false);
  const named = makeAnswerId({ version }, when);
  expect(fits(named, { version: { ...version, ref: { uri: 'file:///w', sha256: 'other' } } })).toBe(false);
});

it('of any name is read as it was written', () => {
  const name = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(name, name, (model, alias) => {
      const id = makeAnswerId({ version: { ...version, model }, move: { ...move, alias } }, when);
      expect(readAnswerId(id)).toMatchObject({ model, move: { alias } });
    }),
  );
});

it.each([
  '',
  'chatcmpl-1',
  'ans-',
  'ans-a.b.c.d.e.f.g',
  'ans-m.1.p.1.zz',
  'ans-m.0.p.1.zz.n.c',
  'ans-%E0%A4%A.1..1.z.n.c',
])('is not %j', (text) => {
  expect(() => readAnswerId(text)).not.toThrow(TypeError);
  expect(readAnswerId(text)).toBeUndefined();
});
