import { getConnInfo } from '@hono/node-server/conninfo';
import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import { DEFAULT_ALIAS } from '../schema/model-name.ts';
import { respondError } from './openai-errors.ts';

export const RollbackBodySchema = z.strictObject({
  model: z.string().min(1),
  alias: z.string().min(1).default(DEFAULT_ALIAS),
  by: z.string().trim().min(1),
  why: z.string().trim().min(1),
  /** The version to put back; without, the one that served before. */
  to: z.number().int().positive().optional(),
  /** Also to the untuned base. */
  base: z.boolean().default(false),
  /** A retry with the same id rolls back once. */
  requestId: z.string().min(1).optional(),
});

const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/;
const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip'];

/**
 * Lets only this machine's own programs through: not another machine, not through a proxy on this one, and not a page in
 * a browser here (which can send neither JSON to another origin unasked nor, after DNS rebinding, a loopback Host).
 */
export const loopbackOnly = createMiddleware(async (context, next) => {
  const { address = '' } = getConnInfo(context).remote;
  const direct = LOOPBACK_ADDRESS.test(address) && !FORWARDED.some((header) => context.req.header(header));
  const ownHost = LOOPBACK_HOST.test(context.req.header('host') ?? '');
  const json = context.req.header('content-type')?.startsWith('application/json');
  if (direct && ownHost && json) return next();
  return respondError(context, {
    status: 403,
    code: 'loopback_only',
    message:
      'admin routes take application/json from this machine only, straight to 127.0.0.1; ' +
      'elsewhere use the workflow rollbackModel or npx whetstone rollback',
  });
});
