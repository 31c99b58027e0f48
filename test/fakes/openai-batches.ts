import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FakeCompletionRequest } from './openai-server.ts';

/** The files and batches of the fake server, as OpenAI's Batch protocol has them. */

export interface BatchLine {
  custom_id: string;
  body: FakeCompletionRequest;
}

/** How one request of a batch ends. */
export type BatchFate = { kind: 'answered' } | { kind: 'failed'; status: number } | { kind: 'missing' };

export interface BatchOptions {
  /** Until a batch has ended. */
  takesMs?: number;
  /** How the requests of the nth batch end, by their place. All are answered, when not set. */
  fate?: (batch: number, index: number, line: BatchLine) => BatchFate;
  /** What stands in an answer's place; undefined leaves the answer. */
  rawBody?: () => unknown;
  /** Until the creation of a batch is answered. */
  creationTakesMs?: number;
  /** The status in which the nth batch ends; `completed`, when not set. */
  endsAs?: (batch: number) => 'completed' | 'expired' | 'failed';
  /** The answer to the nth creation of a batch never arrives, but the batch is made. */
  losesCreation?: (batch: number) => boolean;
}

interface Batch {
  id: string;
  status: string;
  metadata: Record<string, string>;
  output_file_id: string | null;
  error_file_id: string | null;
  request_counts: { total: number; completed: number; failed: number };
  errors: unknown;
}

export interface FakeBatches {
  /** The requests of each batch, in the order in which they were made. */
  batches: BatchLine[][];
  /** Answers the request when it is one for files or batches. */
  handle: (incoming: IncomingMessage, response: ServerResponse) => Promise<boolean>;
}

export function createFakeBatches(
  complete: (body: FakeCompletionRequest) => Promise<unknown>,
  options: BatchOptions = {},
): FakeBatches {
  const files = new Map<string, string>();
  const batches = new Map<string, Batch>();
  const made: BatchLine[][] = [];
  const addFile = (content: string) => {
    const id = `file-${randomUUID()}`;
    files.set(id, content);
    return id;
  };

  async function finish(batch: Batch, lines: readonly BatchLine[], number: number): Promise<void> {
    const outputs: string[] = [];
    const errors: string[] = [];
    for (const [i, line] of lines.entries()) {
      const fate = options.fate?.(number, i, line) ?? { kind: 'answered' };
      if (fate.kind === 'missing') continue;
      const status = fate.kind === 'answered' ? 200 : fate.status;
      const body =
        status === 200
          ? (options.rawBody?.() ?? (await complete(line.body)))
          : { error: { message: `failed with ${status}` } };
      const written = JSON.stringify({
        custom_id: line.custom_id,
        response: { status_code: status, body },
        error: null,
      });
      (status === 200 ? outputs : errors).push(written);
    }
    batch.status = options.endsAs?.(number) ?? 'completed';
    if (batch.status === 'failed') {
      batch.errors = { data: [{ line: 1, message: 'The model does not take batches' }] };
      return;
    }
    // In no order, as the real service.
    batch.output_file_id = outputs.length > 0 ? addFile(`${outputs.toReversed().join('\n')}\n`) : null;
    batch.error_file_id = errors.length > 0 ? addFile(`${errors.join('\n')}\n`) : null;
    batch.request_counts = { total: lines.length, completed: outputs.length, failed: errors.length };
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const path = (incoming.url ?? '').split('?')[0] ?? '';
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      return true;
    };
    if (path === '/v1/files' && incoming.method === 'POST') {
      const form = await new Response(await bytesOf(incoming), {
        headers: { 'content-type': incoming.headers['content-type'] ?? '' },
      }).formData();
      const file = form.get('file');
      if (form.get('purpose') !== 'batch' || !(file instanceof File))
        return json(400, { error: { message: 'no file' } });
      return json(200, { id: addFile(await file.text()), object: 'file', purpose: 'batch' });
    }
    const content = /^\/v1\/files\/([^/]+)\/content$/.exec(path)?.[1];
    if (content !== undefined) {
      const text = files.get(content);
      if (text === undefined) return json(404, { error: { message: 'no such file' } });
      response.writeHead(200, { 'content-type': 'application/jsonl' }).end(text);
      return true;
    }
    if (path === '/v1/batches' && incoming.method === 'POST') {
      const asked = JSON.parse((await bytesOf(incoming)).toString()) as {
        input_file_id: string;
        metadata: Record<string, string>;
      };
      if (options.creationTakesMs) await new Promise((resolve) => setTimeout(resolve, options.creationTakesMs));
      const text = files.get(asked.input_file_id) ?? '';
      const lines = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as BatchLine);
      const number = made.push(lines) - 1;
      const batch: Batch = {
        id: `batch-${number}`,
        status: 'in_progress',
        metadata: asked.metadata,
        output_file_id: null,
        error_file_id: null,
        request_counts: { total: lines.length, completed: 0, failed: 0 },
        errors: null,
      };
      batches.set(batch.id, batch);
      setTimeout(() => void finish(batch, lines, number), options.takesMs ?? 20);
      if (options.losesCreation?.(number)) {
        response.destroy();
        return true;
      }
      return json(200, batch);
    }
    if (path === '/v1/batches')
      return json(200, { object: 'list', data: [...batches.values()].toReversed(), has_more: false });
    const asked = batches.get(/^\/v1\/batches\/([^/]+)$/.exec(path)?.[1] ?? '');
    if (asked) return json(200, asked);
    return false;
  }

  return { batches: made, handle };
}

async function bytesOf(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
