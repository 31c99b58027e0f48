import OpenAI, { toFile } from 'openai';
import { z } from 'zod';
import type { SentBody } from '../chat/adaptation.ts';

/** The OpenAI Batch protocol: a file of requests goes in, files of answers and of errors come out within a day. */

export interface BatchRequest {
  key: string;
  body: SentBody;
}

export type BatchState =
  | { status: 'pending'; done: number; total: number }
  /** Ended: completed, expired or cancelled. What is in neither file got no answer. */
  | { status: 'ended'; how: string; outputs: string[] }
  /** The server took none of it. */
  | { status: 'refused'; reason: string; later: boolean };

/** One request's answer, or what the server said instead. */
export interface BatchLine {
  key: string;
  status: number;
  body: unknown;
}

export interface BatchClient {
  /** Sends requests as one batch under our id. Returns the server's. */
  create(id: string, requests: readonly BatchRequest[]): Promise<string>;
  /** The server's id of a batch that was sent under our id, if it was. */
  find(id: string): Promise<string | undefined>;
  state(remoteId: string): Promise<BatchState>;
  lines(fileId: string): Promise<BatchLine[]>;
}

/** What one batch may hold at most. */
export const MAX_REQUESTS = 50_000;
export const MAX_BYTES = 200_000_000;

const ENDPOINT = '/v1/chat/completions';
/** Our id, where a batch is looked for whose creation was not noted. */
const ID_FIELD = 'whetstone_batch';
const PAGES_LOOKED_AT = 10;

const LineSchema = z.object({
  custom_id: z.string(),
  response: z.object({ status_code: z.number(), body: z.unknown() }).nullish(),
  error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
});

/** A request as a line of the input file. */
export const lineOf = ({ key, body }: BatchRequest): string =>
  `${JSON.stringify({ custom_id: key, method: 'POST', url: ENDPOINT, body })}\n`;

export function createBatchClient(client: OpenAI): BatchClient {
  return {
    async create(id, requests) {
      const content = requests.map(lineOf).join('');
      const file = await client.files.create({
        file: await toFile(Buffer.from(content), `${id}.jsonl`),
        purpose: 'batch',
      });
      const batch = await client.batches.create({
        input_file_id: file.id,
        endpoint: ENDPOINT,
        completion_window: '24h',
        metadata: { [ID_FIELD]: id },
      });
      return batch.id;
    },

    async find(id) {
      let page = await client.batches.list({ limit: 100 });
      for (let looked = 1; ; looked++) {
        const found = page.data.find(({ metadata }) => metadata?.[ID_FIELD] === id);
        if (found) return found.id;
        if (looked >= PAGES_LOOKED_AT || !page.hasNextPage()) return undefined;
        page = await page.getNextPage();
      }
    },

    async state(remoteId) {
      const { status, errors, request_counts, output_file_id, error_file_id } = await client.batches.retrieve(remoteId);
      const outputs = [output_file_id, error_file_id].filter((file): file is string => typeof file === 'string');
      switch (status) {
        case 'completed':
        case 'expired':
        case 'cancelled':
          return { status: 'ended', how: status, outputs };
        case 'failed': {
          const said = errors?.data?.map(({ line, message }) => `${line ? `line ${line}: ` : ''}${message ?? ''}`);
          // Too many tokens wait at the server: it says so by failing the batch, and takes it later.
          const later = errors?.data?.some(({ code }) => code === 'token_limit_exceeded') ?? false;
          return { status: 'refused', reason: said?.slice(0, 3).join('; ') || 'no reason given', later };
        }
        default:
          // An unknown status is not an end.
          return {
            status: 'pending',
            done: (request_counts?.completed ?? 0) + (request_counts?.failed ?? 0),
            total: request_counts?.total ?? 0,
          };
      }
    },

    async lines(fileId) {
      const text = await (await client.files.content(fileId)).text();
      return text.split('\n').flatMap((line): BatchLine[] => {
        const parsed = parseLine(line);
        if (!parsed) return [];
        const { custom_id: key, response, error } = parsed;
        if (response) return [{ key, status: response.status_code, body: response.body }];
        // A line that expired has an error and no response: the server never tried it.
        return [{ key, status: 0, body: { error } }];
      });
    },
  };
}

/** A line that is cut off is as good as none: its request is sent again. */
function parseLine(line: string): z.infer<typeof LineSchema> | undefined {
  if (!line.trim()) return undefined;
  try {
    return LineSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
