import { describe, expect, it } from 'vitest';
import { alikePairs, leaveOutSemantic } from './semantic-duplicates.ts';
import { exampleOf } from '../../test/support/examples.ts';

/** A vector of length 1 at an angle, in degrees, in a plane of its own. */
const at = (degrees: number, plane = 0, dimensions = 16) => {
  const vector = new Float32Array(dimensions);
  vector[2 * plane] = Math.cos((degrees * Math.PI) / 180);
  vector[2 * plane + 1] = Math.sin((degrees * Math.PI) / 180);
  return vector;
};
const ANGLES: Record<string, Float32Array> = {
  'How long does it keep?': at(0),
  'For how many days is it good?': at(10),
  'Who may drive?': at(0, 1),
};
const row = (id: string, factId: string, question: string) => exampleOf({ id, factId, question });
const leaveOut = (rows: ReturnType<typeof row>[], threshold = 0.95) =>
  leaveOutSemantic({
    rows,
    filter: { threshold, embed: async (texts) => texts.map((text) => ANGLES[text] ?? at(0, 7)) },
  });

describe('semantic duplicates', () => {
  const rows = [
    row('a/0', 'a', 'How long does it keep?'),
    row('a/1', 'a', 'another phrasing'),
    row('b/0', 'b', 'For how many days is it good?'),
    row('b/1', 'b', 'and another'),
    row('c/0', 'c', 'Who may drive?'),
  ];

  it('leave out, with its reason, a fact whose question could not be compared (F9)', async () => {
    const none = { reason: 'too-long', why: 'HTTP 400: maximum context length' };
    const embed = async (texts: readonly string[]) =>
      texts.map((text) => (text.startsWith('Who') ? none : ANGLES[text]!));
    const { kept, leftOut } = await leaveOutSemantic({ rows, filter: { threshold: 0.95, embed } });
    expect(kept.map(({ id }) => id)).toEqual(['a/0', 'a/1']);
    expect(leftOut.find(({ row: { id } }) => id === 'c/0')).toMatchObject(none);
  });

  it('are facts that ask the same: the lower id is kept, whole, and the others name it', async () => {
    const { kept, leftOut } = await leaveOut(rows);
    expect(kept.map(({ id }) => id)).toEqual(['a/0', 'a/1', 'c/0']);
    expect(leftOut.map((left) => [left.row.id, left.reason])).toEqual([
      ['b/0', 'semantic-duplicate'],
      ['b/1', 'semantic-duplicate'],
    ]);
    expect(leftOut[0]?.why).toBe('asks the same as a/0, which goes before it: "How long does it keep?"');
  });

  it('are none below the threshold, and never phrasings of one fact', async () => {
    expect((await leaveOut(rows, 0.99)).leftOut).toEqual([]);
    expect((await leaveOut([rows[0]!, { ...rows[2]!, factId: 'a' }])).leftOut).toEqual([]);
  });

  it('are found among many, where not every pair is compared', () => {
    const dimensions = 64;
    let seed = 1;
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5;
    const unit = (values: number[]) => {
      const length = Math.hypot(...values);
      return Float32Array.from(values, (value) => value / length);
    };
    const many = Array.from({ length: 4000 }, () => unit(Array.from({ length: dimensions }, random)));
    const twins = Array.from({ length: 200 }, (_, i) => unit([...many[i]!].map((value) => value + random() * 0.06)));
    const found = alikePairs([...many, ...twins], 0.95);
    const expected = twins.map((_, i) => [i, 4000 + i]);
    expect(found.length).toBeGreaterThanOrEqual(198);
    for (const pair of found) expect(expected).toContainEqual(pair);
  });
});
