import { z } from 'zod';
import { withDeadline } from '../../common/deadline.ts';
import { redact } from '../../common/redact.ts';
import { oneLine, shortened } from '../../common/shortened.ts';
import type { MlflowSettings } from './settings.ts';

/** One request to MLflow, and what its answer means. */

/** Long, for what a server does after its caller has gone away would be done twice. */
const TIMEOUT_MS = 30_000;
const SHOWN_CHARACTERS = 300;
/** More than any answer that is asked for here. */
const MOST_BYTES = 16e6;

export class MlflowError extends Error {
  readonly status: number;
  readonly code: string;
  /** Whether the same request may be taken later: the server is away, busy, does not let us in yet, or is none of MLflow's. */
  readonly passes: boolean;

  constructor(what: string, { status, code, message }: { status: number; code: string; message: string }) {
    super(`MLflow ${what}: ${status} ${[code, message].filter(Boolean).join(': ')}`);
    this.name = 'MlflowError';
    this.status = status;
    this.code = code;
    this.passes = !REFUSALS.has(code);
  }
}

/** What MLflow says of a request that it will never take. */
const REFUSALS = new Set(['INVALID_PARAMETER_VALUE', 'BAD_REQUEST', 'INVALID_STATE']);

const ErrorSchema = z.object({ error_code: z.string().default(''), message: z.string().default('') });

export type Query = Record<string, string>;

/** Asks, and reads the answer by a schema. @throws MlflowError for what it refuses, Error for what is none of its answers */
export function createCall({ url, authorization }: MlflowSettings, timeoutMs = TIMEOUT_MS) {
  return async function call<T>(
    {
      method,
      path,
      query,
      body,
      signal,
    }: { method: string; path: string; query?: Query; body?: object; signal: AbortSignal },
    schema: z.ZodType<T>,
  ): Promise<T> {
    const target = new URL(`${url}/api/2.0/mlflow/${path}`);
    for (const [name, value] of Object.entries(query ?? {})) target.searchParams.set(name, value);
    return withDeadline({
      timeoutMs,
      signal,
      work: async (limit) => {
        const response = await fetch(target, {
          method,
          headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
          ...(body && { body: JSON.stringify(body) }),
          redirect: 'manual',
          signal: limit,
        });
        const text = await textOf(response);
        if (!response.ok) throw new MlflowError(path, { status: response.status, ...errorOf(text) });
        return parsed(schema, text, path);
      },
    });
  };
}

/** @throws Error where another program answers than MLflow */
function parsed<T>(schema: z.ZodType<T>, text: string, path: string): T {
  let json: unknown;
  try {
    json = text === '' ? {} : JSON.parse(text);
  } catch {
    json = undefined;
  }
  const read = schema.safeParse(json);
  if (read.success && json !== undefined) return read.data;
  throw new Error(
    `MLflow ${path}: found an answer that is none of MLflow's: ${shortened(oneLine(text), 100)}; see whether MLFLOW_TRACKING_URI names its server`,
  );
}

/** Looks up what may not be there. */
export async function missingIsNone<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof MlflowError && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined;
    throw error;
  }
}

/** @throws Error for an answer that does not end */
async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error(`MLflow's answer is longer than ${MOST_BYTES / 1e6} MB`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function errorOf(text: string): { code: string; message: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const found = ErrorSchema.safeParse(json);
  const { error_code: code, message } = found.success ? found.data : { error_code: '', message: text };
  return { code, message: redact(shortened(oneLine(message), SHOWN_CHARACTERS)) };
}
