import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrateRegistry } from '../registry/migrate.ts';
import type { RegistryTables } from '../registry/schema.ts';
import { createRegistry } from '../registry/store.ts';
import { openDatabase } from '../sql/database.ts';

let state: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'gateway-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  await rm(state, { recursive: true, force: true });
});

function start(env: Record<string, string>) {
  const main = resolve(import.meta.dirname, 'main.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    env: { ...process.env, WHETSTONE_STATE: state, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exited = once(child, 'exit').then(([code]) => ({ code: code as number | null, output }));
  const ready = async () => {
    for (;;) {
      const url = /gateway: (http:\S+)\/v1/.exec(output)?.[1];
      if (url) return url;
      if (child.exitCode !== null) throw new Error(output);
      await new Promise((wait) => setTimeout(wait, 20));
    }
  };
  return { child, exited, ready };
}

const listen = async (server: Server) => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

it.each([
  ['mysql://ann:hunter2@db/whetstone', /gateway: DATABASE_URL: found mysql:…, expected postgres:.*or unset it/],
  [
    'postgres://ann:hunter2@127.0.0.1:1/whetstone',
    /gateway: Postgres at ann@127.0.0.1:1\/whetstone \(DATABASE_URL\): .*start the server/,
  ],
])('a database that can not be used (%s) is told with what to do, without the password', async (url, message) => {
  const { code, output } = await start({ DATABASE_URL: url }).exited;
  expect(output).toMatch(message);
  expect(output).not.toContain('hunter2');
  expect(code).toBe(1);
});

describe("the gateway's process", () => {
  it('names the port in use and the variable that moves it', async () => {
    const taken = createServer();
    const port = await listen(taken);
    const { exited } = start({ WHETSTONE_GATEWAY_PORT: String(port) });
    const { code, output } = await exited;
    taken.close();
    expect(code).toBe(1);
    expect(output).toContain(`port ${port} on 127.0.0.1 is in use`);
    expect(output).toContain('set WHETSTONE_GATEWAY_PORT to another port');
  });

  it('refuses a port that is no number', async () => {
    const { code, output } = await start({ WHETSTONE_GATEWAY_PORT: 'http' }).exited;
    expect(code).toBe(1);
    expect(output).toContain("WHETSTONE_GATEWAY_PORT: found 'http'; expected a port number");
  });

  it('on SIGTERM lets the answer in flight end, takes no new one, and exits with 0', async () => {
    let asked: (response: ServerResponse) => void;
    const inFlight = new Promise<ServerResponse>((arrived) => (asked = arrived));
    const modelServer = createServer((_, response) => asked(response));
    const modelPort = await listen(modelServer);
    await registerOne();
    const { child, exited, ready } = start({
      WHETSTONE_GATEWAY_PORT: '0',
      WHETSTONE_MODEL_SERVER: `http://127.0.0.1:${modelPort}`,
    });
    const url = await ready();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const answer = fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hello' }] }),
    });
    const response = await inFlight;
    child.kill('SIGTERM');
    await expect
      .poll(() =>
        fetch(`${url}/healthz`).then(
          () => 'up',
          () => 'down',
        ),
      )
      .toBe('down');
    const choices = [{ index: 0, message: { role: 'assistant', content: 'hi' } }];
    response.writeHead(200).end(JSON.stringify({ model: 'x', choices }));
    expect(await (await answer).json()).toEqual({ model: 'm', choices });
    expect((await exited).code).toBe(0);
    modelServer.close();
  });
});

async function registerOne(): Promise<void> {
  const database = await openDatabase<RegistryTables>(join(state, 'registry.db'));
  await migrateRegistry(database);
  const registry = createRegistry(database);
  const at = '2026-11-23T10:00:00Z';
  await registry.registerVersion({
    model: 'm',
    candidate: 'base',
    runId: 'r',
    base: 'tiny-llama',
    ref: { uri: 'file:///models/m', sha256: 's' },
    systemPrompt: '',
    sampling: { temperature: 0, maxTokens: 96 },
    at,
  });
  await registry.moveAlias({
    model: 'm',
    alias: 'production',
    toVersion: 1,
    expectedVersion: null,
    by: 'whetstone',
    why: 'base',
    kind: 'bootstrap',
    promotionId: 'b',
    at,
  });
  await database.destroy();
}
