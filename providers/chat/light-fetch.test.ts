import { execFile } from 'node:child_process';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lightFetch } from './light-fetch.ts';

let server: Server;
let url: string;
let answer: RequestListener;
beforeEach(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

it('sends what it is given, and gives status, headers and the whole body', async () => {
  let asked = '';
  answer = (request, response) => {
    request.on('data', (part) => (asked += String(part)));
    request.on('end', () => {
      response.writeHead(418, { 'x-told': 'yes', 'set-cookie': ['a=1', 'b=2'] });
      response.write('\ufeff{"text":"na');
      setTimeout(() => response.end('ïve"}'), 10);
    });
  };
  const sent = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"é":1}' };
  const response = await lightFetch(`${url}/path?q=1`, sent);
  expect(asked).toBe('{"é":1}');
  expect(response).toMatchObject({ status: 418, ok: false });
  expect(response.headers.get('X-Told')).toBe('yes');
  expect(response.headers.get('set-cookie')).toBe('a=1, b=2');
  expect(await response.json()).toEqual({ text: 'naïve' });
});

it('sends again on a fresh connection what went out on one that the server had just closed', async () => {
  const raw = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {
      // No word of closing, as servers that go down or count their requests do it.
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
      socket.end();
    });
  });
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(raw.address() as AddressInfo).port}/`;
  for (let i = 0; i < 5; i++) expect((await lightFetch(address, { method: 'POST', body: 'x' })).status).toBe(200);
  raw.close();
});

it('follows no redirect', async () => {
  answer = (_, response) => response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end();
  expect((await lightFetch(url)).status).toBe(307);
});

it('rejects when the connection breaks off before the body is whole, or nobody listens', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"te');
    setTimeout(() => response.destroy(), 10);
  };
  await expect(lightFetch(url)).rejects.toThrow(/other side closed|terminated|aborted|socket/i);
  await expect(lightFetch('http://127.0.0.1:9/')).rejects.toThrow(/ECONNREFUSED|connect/);
});

it("rejects with the caller's reason as soon as it aborts, and lets the server go", async () => {
  const gone = Promise.withResolvers<void>();
  answer = (request) => void request.on('close', () => gone.resolve());
  const leaver = new AbortController();
  const left = lightFetch(url, { signal: leaver.signal }).catch((error: unknown) => error);
  setTimeout(() => leaver.abort(new Error('left')), 20);
  expect(await left).toMatchObject({ message: 'left' });
  await gone.promise;
  await expect(lightFetch(url, { signal: leaver.signal })).rejects.toThrow('left');
});

it('keeps a connection open for the next call', async () => {
  let connections = 0;
  server.on('connection', () => connections++);
  answer = (_, response) => response.end('{}');
  for (let call = 0; call < 3; call++) expect((await lightFetch(url)).ok).toBe(true);
  expect(connections).toBe(1);
});

it('goes by the proxy of the environment, but where NO_PROXY says otherwise', async () => {
  const asked: (string | undefined)[] = [];
  answer = (request, response) => {
    asked.push(request.url);
    response.end('{"by": "proxy"}');
  };
  const script = `
    import { lightFetch } from ${JSON.stringify(new URL('light-fetch.ts', import.meta.url).href)};
    const text = async (url) => lightFetch(url).then((response) => response.text(), (error) => error.message);
    console.log(await text('http://model.invalid/v1'), await text('http://127.0.0.1:9/direct'));
    process.exit();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, http_proxy: url, HTTP_PROXY: url, no_proxy: '127.0.0.1', NO_PROXY: '127.0.0.1' },
  });
  expect(asked).toEqual(['http://model.invalid/v1']);
  expect(stdout).toMatch(/^\{"by": "proxy"\} .*ECONNREFUSED/);
});
