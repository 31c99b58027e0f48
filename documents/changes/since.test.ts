import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { ArtifactsUnreachableError } from '../../common/errors.ts';
import { StatementChangeSchema } from '../../schema/changes.ts';
import type { Chunk } from '../../schema/data.ts';
import { changedPassages, changesSince, diffSince } from './since.ts';

let folder: string;
let artifacts: ArtifactStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'changes-'));
  artifacts = createFileStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const chunk = (text: string, index = 0): Chunk => ({
  id: `shop#${index}`,
  documentId: 'shop',
  index,
  title: 'Shop',
  headings: ['Shop'],
  start: 0,
  end: text.length,
  text,
  tokens: 8,
});
const before = [chunk('A service costs 42 euros.'), chunk('We sell lamps.', 1)];
const now = [chunk('A service costs 45 euros.'), chunk('We sell lamps. A test ride is free.', 1)];
const model = { uri: 'file:///w', sha256: 'w' };

describe('what changed since a version', () => {
  it('is a file of statements and their counts', async () => {
    const chunks = await artifacts.writeJsonLines({ kind: 'chunks', rows: before });
    const changes = await changesSince({ since: { version: 3, model, made: { chunks } }, chunks: now, artifacts });
    expect(changes).toMatchObject({ status: 'known', since: 3, changed: 1, added: 1, removed: 0, same: 1 });
    const rows =
      changes.status === 'known' ? await artifacts.loadJsonLines(changes.statements, StatementChangeSchema) : [];
    expect(rows.map(({ kind, was, is }) => [kind, was, is])).toEqual([
      ['changed', ['42'], ['45']],
      ['added', [], ['A', 'test', 'ride', 'is', 'free']],
    ]);
    const found = await diffSince({ since: { version: 3, made: { chunks } }, chunks: now, artifacts });
    expect([...changedPassages(found)]).toEqual(['shop#0']);
  });

  it.each([
    ['a base', undefined, /version 1 was made of no documents/],
    ['a version of before', {}, /before versions kept the passages/],
    [
      'passages that are gone',
      { chunks: { uri: 'file:///nowhere/chunks/a.jsonl', sha256: 'a', rows: 1 } },
      /can't be read/,
    ],
  ])('is not known of %s, and why is said', async (_what, made, why) => {
    const since = { version: 1, model, ...(made && { made }) };
    expect(await changesSince({ since, chunks: now, artifacts })).toEqual({
      status: 'unknown',
      since: 1,
      why: expect.stringMatching(why) as string,
    });
    expect(changedPassages(await diffSince({ since, chunks: now, artifacts })).size).toBe(0);
  });

  it('is tried again where the artifacts are out of reach for now', async () => {
    const away: Pick<ArtifactStore, 'readJsonLines'> = {
      readJsonLines: () => {
        throw new ArtifactsUnreachableError('S3 is away');
      },
    };
    const made = { chunks: { uri: 's3://b/chunks/a.jsonl', sha256: 'a', rows: 1 } };
    await expect(diffSince({ since: { version: 1, made }, chunks: now, artifacts: away })).rejects.toThrow(
      'S3 is away',
    );
  });
});
