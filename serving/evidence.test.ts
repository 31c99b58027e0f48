import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore } from '../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { findEvidence } from '../evidence/find.ts';
import { keepPage, newestPage, readPage } from '../evidence/keep.ts';
import { pageLink } from '../evidence/link.ts';
import { NotInRegistryError, type ModelVersion, type Promotion } from '../registry/schema.ts';
import { serveEvidence } from './evidence.ts';

const EVALUATION = 'abcdef012345'.padEnd(64, '6');
/** What a person asked for later. */
const BY_HAND = 'promote/demo/production/by-hand';
const PROMOTION = 'promote/demo/production/1a2b3c4d';

let folder: string;
let artifacts: ArtifactStore;
let app: Hono;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evidence-'));
  artifacts = createFileStore(folder);
  const of = { artifacts, evaluation: EVALUATION };
  await keepPage({ ...of, html: '<p>of another candidate</p>', candidate: 'other' });
  await pause(20);
  await keepPage({ ...of, html: '<p>of the evaluation</p>', candidate: 'tuned' });
  await keepPage({ ...of, html: '<p>of the promotion</p>', candidate: 'tuned', promotion: PROMOTION });
  const registry = {
    promotion: (id: string) =>
      id === PROMOTION || id === BY_HAND
        ? Promise.resolve({ id, version: 1, evidenceSha256: EVALUATION } as Promotion)
        : Promise.reject(new NotInRegistryError('no promotion')),
    getVersion: () => Promise.resolve({ candidate: 'other' } as ModelVersion),
  };
  app = new Hono();
  serveEvidence(app, async (id) => {
    const page = await findEvidence(id, { artifacts, registry });
    return page && readPage(artifacts, page);
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const get = (id: string) => app.request(pageLink(id, 'http://gateway/'));

describe('an evidence page over the gateway', () => {
  it("is found by its promotion's id, and by its evaluation's hash", async () => {
    expect(await (await get(PROMOTION)).text()).toContain('of the promotion');
    expect(await (await get(BY_HAND)).text()).toContain('of another candidate');
    expect(await (await get(EVALUATION)).text()).toContain('of the evaluation');
    expect(await (await get(EVALUATION.slice(0, 12))).text()).toContain('of the evaluation');
  });

  it('runs nothing, is taken for nothing else, and stands in no frame', async () => {
    const { status, headers } = await get(PROMOTION);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('script-src');
  });

  it.each(['promote/other/production/1', 'ffffffffffff', '..%2f..%2fetc/passwd', '%00', '<b>'])(
    'answers 404 for %s, in words',
    async (id) => {
      const response = await get(id);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toContain('application/json');
      expect(await response.text()).toContain('npx whetstone report');
    },
  );

  it('is refused once somebody changed it', async () => {
    const files = (await readdir(folder, { recursive: true })).filter(
      (path) => path.endsWith('.html') && path.includes('by-'),
    );
    for (const file of files) await writeFile(join(folder, file), '<p>all is well</p>');
    expect((await get(EVALUATION)).status).toBe(500);
  });
});

it('the newest page of all is the one that was written last', async () => {
  await pause(20);
  const kept = await keepPage({ artifacts, html: '<p>later</p>', evaluation: 'f'.repeat(64), candidate: 'tuned' });
  expect(fileURLToPath((await newestPage(artifacts))!.uri)).toBe(fileURLToPath(kept.uri));
});
