import type { Hono } from 'hono';
import { CONTENT_SECURITY_POLICY } from '../evidence/policy.ts';
import { respondError } from './openai-errors.ts';

/** Finds a page of evidence by a promotion's id or an evaluation's hash; undefined where there is none. */
export type FindEvidence = (id: string) => Promise<string | undefined>;

/** Nothing in a page runs, wherever its texts come from. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `${CONTENT_SECURITY_POLICY}; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'private, no-cache',
};

/** `GET /evidence/ID`: what an approver reads. There is no list: who asks knows the id. */
export function serveEvidence(app: Hono, find: FindEvidence): void {
  app.get('/evidence/:id{.+}', async (context) => {
    const id = context.req.param('id');
    const page = await find(id);
    if (page !== undefined) return context.body(page, 200, HEADERS);
    return respondError(context, {
      status: 404,
      code: 'evidence_not_found',
      message: `no evidence page of '${id}'; expected the id of a promotion, or the hash of an evaluation. npx whetstone report finds the newest`,
    });
  });
}
