import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The part of the Hugging Face Hub's protocol that pushing and reading a dataset needs: repositories, their files, preupload, LFS, one commit. */
export interface FakeHub {
  url: string;
  /** Committed files by repository, as they can be read afterwards. */
  repos: Map<string, { private: boolean; commits: string[]; files: Map<string, Buffer> }>;
  close: () => Promise<void>;
}

/** What every repository is at. */
export const COMMIT = 'c0ffee'.repeat(6) + 'c0ff';

export async function startFakeHub({
  token,
  failCommits = 0,
}: {
  token: string;
  failCommits?: number;
}): Promise<FakeHub> {
  const repos: FakeHub['repos'] = new Map();
  const blobs = new Map<string, Buffer>();
  let failures = failCommits;
  let url = '';

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const json = (status: number, value: unknown) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
    if (path.startsWith('/blobs/')) {
      const oid = path.slice('/blobs/'.length);
      if (sha256(body) !== oid) return json(400, { error: 'the content is not what its name says' });
      blobs.set(oid, body);
      return void response.writeHead(200).end();
    }
    if (request.headers.authorization !== `Bearer ${token}`)
      return json(401, { error: `Invalid token ${request.headers.authorization}` });
    const repoOf = (pattern: RegExp) => pattern.exec(path)?.[1] ?? '';
    if (path === '/api/repos/create') {
      const { name, organization, visibility } = JSON.parse(body.toString()) as Record<string, string>;
      const full = `${organization}/${name}`;
      repos.set(full, { private: visibility === 'private', commits: [], files: new Map() });
      return json(200, { url: `${url}/datasets/${full}`, id: full });
    }
    const read = repoOf(/^\/api\/datasets\/([^/]+\/[^/]+)$/);
    if (read) return repos.has(read) ? json(200, { id: read }) : json(404, { error: 'Repository not found' });
    const at = repoOf(/^\/api\/datasets\/([^/]+\/[^/]+)\/revision\/main$/);
    if (at) return repos.has(at) ? json(200, { id: at, sha: COMMIT }) : json(404, { error: 'Repository not found' });
    const [, resolved = '', file = ''] =
      new RegExp(`^/datasets/([^/]+/[^/]+)/resolve/${COMMIT}/(.*)$`).exec(path) ?? [];
    if (resolved) {
      const bytes = repos.get(resolved)?.files.get(file);
      return bytes ? void response.writeHead(200).end(bytes) : json(404, { error: 'Entry not found' });
    }
    const listed = repos.get(repoOf(new RegExp(`^/api/datasets/([^/]+/[^/]+)/tree/(?:main|${COMMIT})$`)));
    if (listed) {
      return json(
        200,
        [...listed.files].map(([name, bytes]) => ({ type: 'file', path: name, size: bytes.length })),
      );
    }
    if (path.endsWith('/preupload/main')) {
      const { files } = JSON.parse(body.toString()) as { files: { path: string }[] };
      const mode = (name: string) => (name.endsWith('.parquet') ? 'lfs' : 'regular');
      return json(200, { files: files.map((file) => ({ path: file.path, uploadMode: mode(file.path) })) });
    }
    if (path.endsWith('/info/lfs/objects/batch')) {
      const { objects } = JSON.parse(body.toString()) as { objects: { oid: string; size: number }[] };
      const upload = (oid: string) => ({ upload: { href: `${url}/blobs/${oid}` } });
      return json(200, {
        transfer: 'basic',
        objects: objects.map(({ oid, size }) => ({ oid, size, ...(!blobs.has(oid) && { actions: upload(oid) }) })),
      });
    }
    const committed = repoOf(/^\/api\/datasets\/([^/]+\/[^/]+)\/commit\/main$/);
    const repo = repos.get(committed);
    if (!repo) return json(404, { error: `no route ${path}` });
    if (failures-- > 0) return json(503, { error: 'The hub is overloaded' });
    type Line = { key: string; value: { summary: string; path: string; content: string; oid: string } };
    for (const line of body.toString().trim().split('\n')) {
      const { key, value } = JSON.parse(line) as Line;
      if (key === 'header') repo.commits.push(value.summary);
      else if (key === 'file') repo.files.set(value.path, Buffer.from(value.content, 'base64'));
      else if (key === 'deletedFile') repo.files.delete(value.path);
      else if (key === 'lfsFile') repo.files.set(value.path, blobs.get(value.oid) ?? Buffer.alloc(0));
    }
    const oid = sha256(body).slice(0, 40);
    return json(200, {
      success: true,
      commitOid: oid,
      commitUrl: `${url}/datasets/${committed}/commit/${oid}`,
      hookOutput: '',
    });
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, repos, close: () => new Promise((resolve) => void server.close(() => resolve())) };
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
