import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { resolvePaths } from './paths.ts';

const artifactsOf = (WHETSTONE_ARTIFACTS?: string) =>
  resolvePaths({ WHETSTONE_STATE: '/state', ...(WHETSTONE_ARTIFACTS !== undefined && { WHETSTONE_ARTIFACTS }) })
    .artifacts;

it('keeps artifacts in the state folder, another folder, or a bucket', () => {
  expect(artifactsOf()).toBe(join('/state', 'artifacts'));
  expect(artifactsOf('')).toBe(join('/state', 'artifacts'));
  expect(artifactsOf('shared')).toBe(resolve('shared'));
  expect(artifactsOf('file:///data/a%20b')).toBe('/data/a b');
  expect(artifactsOf('s3://bucket/prefix')).toBe('s3://bucket/prefix');
});

it.each(['gs://bucket', 'https://host/bucket'])('refuses %s by the name of the setting', (place) => {
  expect(() => artifactsOf(place)).toThrow(
    `WHETSTONE_ARTIFACTS: found '${place}'; expected a folder, file:///FOLDER or s3://`,
  );
});
