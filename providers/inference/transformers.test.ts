import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createModelServer, modelServerCommand } from './transformers.ts';

const MODEL = { uri: 'file:///models/tiny%20one/model', sha256: 'abc123' };
const open: { close: () => void }[] = [];
afterEach(() => open.splice(0).forEach((server) => server.close()));

async function serverThat(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const question = { messages: [{ role: 'user' as const, content: 'When?' }] };

describe('a model that is served', () => {
  it('is asked for by its folder, greedily, and known by its hash', async () => {
    let body = '';
    let url: string | undefined;
    const baseUrl = await serverThat((request, response) => {
      url = request.url;
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        // As transformers 5.23.0 answers.
        const message = { role: 'assistant', content: 'On day 14.' };
        const usage = { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 };
        const choices = [{ index: 0, finish_reason: 'stop', message }];
        response.setHeader('content-type', 'application/json');
        response.end(
          JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'm@main', choices, usage }),
        );
      });
    });
    const model = createModelServer({ baseUrl }).chatModel(MODEL, 3);
    expect(model).toMatchObject({ provider: 'local', model: 'abc123', concurrency: 3 });
    expect(await model.chat(question)).toEqual({
      text: 'On day 14.',
      finishReason: 'stop',
      inputTokens: 9,
      outputTokens: 5,
    });
    expect(url).toBe('/v1/chat/completions');
    expect(JSON.parse(body)).toEqual({ model: '/models/tiny one/model', ...question, temperature: 0, max_tokens: 96 });
  });

  it('fails in a way that may be retried when its server is down or breaks', async () => {
    const down = createModelServer({ baseUrl: 'http://127.0.0.1:1' }).chatModel(MODEL, 1);
    await expect(down.chat(question)).rejects.toMatchObject({ kind: 'network', retryable: true });
    const baseUrl = await serverThat((_, response) => response.writeHead(500).end('no'));
    const broken = createModelServer({ baseUrl: `${baseUrl}/v1/` }).chatModel(MODEL, 1);
    await expect(broken.chat(question)).rejects.toMatchObject({ kind: 'server' });
  });

  it('fails when its answer takes too long, or is not a completion', async () => {
    const silent = await serverThat(() => {});
    const slow = createModelServer({ baseUrl: silent, timeoutMs: 50 }).chatModel(MODEL, 1);
    await expect(slow.chat(question)).rejects.toMatchObject({ kind: 'network' });
    const baseUrl = await serverThat((_, response) => response.setHeader('content-type', 'application/json').end('{}'));
    const odd = createModelServer({ baseUrl }).chatModel(MODEL, 1);
    await expect(odd.chat(question)).rejects.toMatchObject({ kind: 'malformed' });
  });

  it("passes the caller's abort on", async () => {
    const silent = await serverThat(() => {});
    const controller = new AbortController();
    const asked = createModelServer({ baseUrl: silent }).chatModel(MODEL, 1).chat(question, controller.signal);
    controller.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });

  it('must be in a folder of this machine', () => {
    const remote = () => createModelServer({ baseUrl: 'http://x' }).chatModel({ ...MODEL, uri: 's3://a/b' }, 1);
    expect(remote).toThrow(/expected a file:\/\/ URI, found s3:\/\/a\/b/);
  });
});

it('serves to this machine alone, and asks no hub', () => {
  const { command, args, env } = modelServerCommand({ python: '/env/python', port: 8123, device: 'cpu' });
  expect(command).toBe('/env/python');
  expect(args.join(' ')).toMatch(/serve_models\.py --host 127\.0\.0\.1 --port 8123 --device cpu/);
  expect(env).toMatchObject({ HF_HUB_OFFLINE: '1' });
});
