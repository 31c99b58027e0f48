import { expect, it } from 'vitest';
import { MockActivityEnvironment } from '@temporalio/testing';
import { RunConfigSchema } from '../../configs/schema.ts';
import type { Indexer } from '../../contract/retrieval.ts';
import type { Chunk, DataRef, ListedDocument } from '../../schema/data.ts';
import type { IndexRef } from '../../schema/retrieval.ts';
import { indexActivities } from './index-documents.ts';

const ref = (uri: string): DataRef => ({ uri, sha256: uri, rows: 1 });
const chunk = (documentId: string): Chunk => ({
  id: `${documentId}#0`,
  documentId,
  index: 0,
  title: 'Title',
  headings: ['Title'],
  start: 3,
  end: 7,
  text: 'text',
  place: 'page 2',
  tokens: 1,
});
const document = (id: string, more: Partial<ListedDocument> = {}): ListedDocument => ({
  id,
  uri: `file:///${id}`,
  sha256: `hash of ${id}`,
  title: 'Title',
  ...more,
});

it('indexes all passages, those of groups too, with what their documents say of them', async () => {
  const files: Record<string, unknown[]> = {
    chunks: [chunk('open')],
    restricted: [chunk('staff')],
    list: [document('open', { language: 'en' }), document('staff', { groups: ['staff'], validUntil: '2030-01-31' })],
  };
  const asked: Parameters<Indexer['index']>[0][] = [];
  const indexer: Indexer = {
    vectors: () => Promise.reject(new Error('no tables are named')),
    index: (request) => {
      asked.push(request);
      const embedding = { provider: 'builtin', model: 'm', dimensions: 384 } as const;
      const index = { name: request.name, sha256: 's', passages: request.passages.length, embedding };
      const gone = { documents: ['a', 'b', 'c', 'd'], passages: 9 };
      return Promise.resolve({ index, added: 2, kept: 0, removed: 0, gone });
    },
  };
  const artifacts = {
    readJsonLines: async function* ({ uri }: DataRef) {
      yield* files[uri]!;
    },
  };
  const { indexDocuments } = indexActivities({ artifacts, indexer, ledger: {} } as never);
  const config = RunConfigSchema.parse({ name: 'team', documents: 'docs', retrieval: {} });
  const input = {
    config,
    chunks: ref('chunks'),
    restricted: ref('restricted'),
    list: ref('list'),
    runId: 'r',
    fresh: false,
    budget: {},
  };
  const found = (await new MockActivityEnvironment().run(indexDocuments, input)) as {
    index: IndexRef;
    notes?: string[];
  };
  expect(found.index).toMatchObject({ name: 'team', passages: 2 });
  expect(found.notes).toEqual([
    'no version answers any more from 4 documents that are gone: a, b, c and 1 more (9 passages)',
  ]);
  expect(asked[0]).toMatchObject({ name: 'team', embedding: 'builtin' });
  expect(asked[0]!.passages).toEqual([
    {
      id: 'open#0',
      documentId: 'open',
      documentSha256: 'hash of open',
      title: 'Title',
      headings: ['Title'],
      start: 3,
      end: 7,
      text: 'text',
      place: 'page 2',
      language: 'en',
    },
    expect.objectContaining({ id: 'staff#0', groups: ['staff'], validUntil: '2030-01-31' }),
  ]);
  const { list: _list, ...without } = files;
  Object.assign(files, { ...without, list: [document('other')] });
  await expect(new MockActivityEnvironment().run(indexDocuments, input)).rejects.toThrow(
    'passage open#0: its document is not in the list of documents',
  );
});
