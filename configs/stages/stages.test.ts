import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadStages } from '../load.ts';
import { durationMs } from '../schema.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-stages-'));
  await mkdir(join(folder, 'configs'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const load = async (rule: string) => {
  await writeFile(join(folder, 'configs/stages.yaml'), `aliases:\n  production:\n    ${rule}\n`);
  return (await loadStages(folder)).aliases['production'];
};

it('the shipped ones ask nothing in dev, an evaluation in staging, and in production the gate too', async () => {
  const { aliases } = await loadStages(resolve(import.meta.dirname, '../..'));
  const asked = Object.entries(aliases).map(([name, { approvals, evidence }]) => [name, approvals, evidence]);
  expect(asked).toEqual([
    ['dev', 0, []],
    ['staging', 0, ['evaluation']],
    ['production', 0, ['evaluation', 'gate-promote']],
  ]);
});

it('approvals are a number, or a quorum of roles', async () => {
  expect(await load('approvals: 2')).toMatchObject({ approvals: 2 });
  expect(await load('approvals: {count: 2, roles: [approver]}')).toMatchObject({
    approvals: { count: 2, roles: ['approver'] },
  });
});

it.each([
  [
    'approvals: {count: 0, roles: [approver]}',
    /production\.approvals\.count: found the number 0; expected .* from 1 to 10/,
  ],
  ['approvals: {count: 1, roles: [viewer]}', /approvals\.roles\[0\].*'viewer'.*approver/],
  ['maxAge: 14', /production\.maxAge: found the number 14; expected hours or days, such as 36h or 14d/],
  ['maxAge: two weeks', /production\.maxAge: found "two weeks"; expected hours or days/],
  [
    'canary: {share: 0.1}',
    /production\.canary: found a mapping; there is no canary yet\. Leave it out: try the version on an alias/,
  ],
  ['canary:', /production\.canary: found no value; there is no canary yet/],
  ['constraints: {region: eu}', /constraints\.region: unknown field.*regions/],
  ['constraints: {p95LatencyMs: 0}', /constraints\.p95LatencyMs: found the number 0/],
  ['breakGlass: {reviewWithin: soon}', /breakGlass\.reviewWithin: found "soon"; expected hours or days/],
  ['breakGlass: always', /breakGlass: found "always"; expected `never`, or a mapping/],
  ['remind: [half]', /remind\[0\]: found "half"; expected a share of the time that it waits, such as 50%/],
])('refuses %s, and says what to write', async (rule, words) => {
  await expect(load(rule)).rejects.toThrow(words);
});

it('hours and days are durations', () => {
  expect([durationMs('36h'), durationMs('14d')]).toEqual([36 * 3_600_000, 14 * 86_400_000]);
});
