import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Models of a Hugging Face Hub, for those who read them: what a repository has at a revision, and its files in pieces. */

export interface HubModel {
  /** By branch, tag or commit; each is a commit of its own. */
  revisions: Record<string, Record<string, Buffer | string>>;
  /** Everybody sees that it is there, and these tokens alone read its files. */
  gatedFor?: string[];
  /** Nobody else sees that it is there. */
  privateTo?: string[];
}

export interface FakeHubOfModels {
  url: string;
  models: Map<string, HubModel>;
  /** Each file that was asked for, with the range. */
  asked: { file: string; range: string | undefined }[];
  /** After so many bytes of a file's answer, so many times, the connection is cut, or nothing more comes. */
  breakOff: { file: string; afterBytes: number; times: number; how: 'cut' | 'hang' };
  close: () => Promise<void>;
}

/** The commit that a revision is at. */
export const commitOf = (model: string, revision: string): string =>
  /^[0-9a-f]{40}$/.test(revision) ? revision : sha256(`${model}@${revision}`).slice(0, 40);

export async function startFakeHubOfModels(models: Record<string, HubModel> = {}): Promise<FakeHubOfModels> {
  const hub: FakeHubOfModels = {
    url: '',
    models: new Map(Object.entries(models)),
    asked: [],
    breakOff: { file: '', afterBytes: 0, times: 0, how: 'cut' },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  const server = createServer((request, response) => answer(hub, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  hub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return hub;
}

function answer(hub: FakeHubOfModels, request: IncomingMessage, response: ServerResponse): void {
  const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
  const fail = (status: number, code: string, words: string) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', 'x-error-code': code, 'x-error-message': words })
      .end(JSON.stringify({ error: words }));
  const json = (value: unknown) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  const [, api, tree, byResolve, at, file] =
    /^\/(?:api\/models\/([^/]+\/[^/]+)\/(revision|tree)|([^/]+\/[^/]+)\/resolve)\/([^/]+)(?:\/(.*))?$/.exec(path) ?? [];
  const id = api ?? byResolve ?? '';
  const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const model = hub.models.get(id);
  // To who may not see it, a private one is not there; and the hub tells nobody that it does not know which is which.
  if (!model || (model.privateTo && !model.privateTo.includes(token)))
    return fail(token ? 404 : 401, 'RepoNotFound', 'Repository not found');
  const revision = Object.keys(model.revisions).find((one) => one === at || commitOf(id, one) === at);
  if (revision === undefined) return fail(404, 'RevisionNotFound', `Invalid rev id: ${at}`);
  const sha = commitOf(id, revision);
  const files = new Map(Object.entries(model.revisions[revision]!).map(([name, bytes]) => [name, Buffer.from(bytes)]));
  if (tree === 'revision') {
    const siblings = [...files.keys()].map((rfilename) => ({ rfilename }));
    return json({
      id,
      modelId: id,
      sha,
      private: Boolean(model.privateTo),
      gated: model.gatedFor ? 'manual' : false,
      siblings,
      tags: [],
    });
  }
  if (tree === 'tree')
    return json(
      [...files].map(([name, bytes]) => ({
        type: 'file',
        path: name,
        size: bytes.length,
        oid: sha256(bytes).slice(0, 40),
        ...(isLarge(name) && { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 134 } }),
      })),
    );
  if (model.gatedFor && !model.gatedFor.includes(token))
    return fail(token ? 403 : 401, 'GatedRepo', `Access to model ${id} is restricted.`);
  const bytes = files.get(file ?? '');
  if (!bytes) return fail(404, 'EntryNotFound', `Entry not found: ${file}`);
  send({ hub, request, response, file: file!, bytes, sha });
}

/** A file, or the rest of it, with what a client needs to go on where it was cut off. */
function send({
  hub,
  request,
  response,
  file,
  bytes,
  sha,
}: {
  hub: FakeHubOfModels;
  request: IncomingMessage;
  response: ServerResponse;
  file: string;
  bytes: Buffer;
  sha: string;
}): void {
  const { range } = request.headers;
  const from = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
  const part = bytes.subarray(from);
  const etag = `"${isLarge(file) ? sha256(bytes) : sha256(bytes).slice(0, 40)}"`;
  response.writeHead(range ? 206 : 200, {
    'content-length': part.length,
    'accept-ranges': 'bytes',
    ...(range && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    etag,
    'x-repo-commit': sha,
    ...(isLarge(file) && { 'x-linked-etag': etag, 'x-linked-size': bytes.length }),
  });
  if (request.method === 'HEAD') return void response.end();
  hub.asked.push({ file, range });
  const { breakOff } = hub;
  if (breakOff.file === file && breakOff.times > 0) {
    breakOff.times -= 1;
    return void response.write(part.subarray(0, breakOff.afterBytes), () => {
      if (breakOff.how === 'cut') response.destroy();
    });
  }
  response.end(part);
}

const isLarge = (name: string) => /\.(?:safetensors|bin|gguf)$/.test(name);
const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');
