import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { ArtifactError } from '../common/errors.ts';
import { mapProviderError } from '../providers/chat/error-mapping.ts';
import { BudgetError } from '../contract/budget-error.ts';
import { ProviderError } from '../contract/ports.ts';
import { failedItem } from './failure-tally.ts';
import { failedPair, itemFailure, orFailed } from './item-failure.ts';
import { exampleOf } from '../test/support/examples.ts';

/** What a server's refusal becomes on its way through the adapters. */
const answered = (status: number, message: string, code = '') =>
  mapProviderError({
    error: Object.assign(new Error(message), { status, error: { message, code } }),
    subject: "openai model 'flagged-filtered' at http://x",
    secrets: [],
    nowMs: 0,
  });
const amount = { costNanoUsd: 1, tokens: 1 };

describe('what one item threw is its own failure (F9, F27)', () => {
  it.each([
    ['a mistake of the program', new TypeError("Cannot read properties of undefined (reading 'tags')"), 'failed'],
    ['an error of no kind', new Error('odd'), 'failed'],
    ['what is no error', 'text', 'failed'],
    [
      'a content filter',
      answered(400, 'The response was filtered due to the prompt triggering content management policy.'),
      'filtered',
    ],
    ['a moderation', answered(400, 'Your request was flagged by our moderation system'), 'filtered'],
    [
      'a context length',
      answered(400, "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens."),
      'too-long',
    ],
    [
      'TGI and its limit',
      answered(422, 'Input validation error: inputs tokens + max_new_tokens must be <= 2048'),
      'too-long',
    ],
    ['a body that is too large', answered(413, 'no'), 'too-long'],
    ['a refusal of another kind', answered(400, 'messages[1].content: invalid unicode'), 'refused'],
    ['a body that does not validate', answered(422, 'extra fields not permitted'), 'refused'],
    ['an answer that stays malformed', new ProviderError('malformed', 'no chat completion'), 'malformed'],
  ])('%s', (_what, error, reason) => {
    expect(itemFailure(error)?.reason).toBe(reason);
    expect(itemFailure(error)?.why).not.toBe('');
  });

  it('names kind and place of a mistake of the program, not its message alone', () => {
    expect(itemFailure(new TypeError('x is undefined'))?.why).toMatch(/^TypeError: x is undefined \(at .*\.ts:\d+\)$/);
  });
});

describe('what concerns the whole run is thrown on', () => {
  it.each([
    ['the budget', new BudgetError({ run: 'r', spent: amount, budget: { tokens: 1 }, estimate: amount })],
    ['a wrong key', answered(401, 'Incorrect API key')],
    ['a key without the right', answered(403, 'no')],
    ['an unknown model', answered(404, 'no such model')],
    ['an empty account', answered(402, 'Insufficient credits')],
    ['a used-up quota', answered(429, 'insufficient_quota')],
    ['haste', answered(429, 'slow down')],
    ['a server that failed', answered(500, 'oops')],
    ['a server that is away', new ProviderError('network', 'ECONNREFUSED')],
    ['a redirect', answered(307, 'moved')],
    ['a batch that is refused whole', new ProviderError('bad-request', 'batch b was refused')],
    ['an artifact', new ArtifactError('gone')],
    ['a cancellation', new CancelledFailure('stop')],
    ['an abort', Object.assign(new Error('aborted'), { name: 'AbortError' })],
    ['a failure that is one already', ApplicationFailure.create({ message: 'no' })],
    ['a full disk', Object.assign(new Error('no space'), { code: 'ENOSPC' })],
    ['a database that is locked', new Error('write', { cause: new Error('database is locked') })],
  ])('%s', async (_what, error) => {
    expect(itemFailure(error)).toBeUndefined();
    const failed = () => expect.fail('it became a reject');
    await expect(orFailed({ work: () => Promise.reject(error), failed })).rejects.toBe(error);
  });

  it('anything, once the run is cancelled', async () => {
    const controller = new AbortController();
    controller.abort(new Error('cancelled'));
    const work = () => Promise.reject(new TypeError('of an aborted call'));
    await expect(orFailed({ work, failed: () => 'reject', signal: controller.signal })).rejects.toThrow(TypeError);
  });
});

describe('the reject that it becomes', () => {
  it('has the reason, and names document, passage and question', () => {
    const { verdict: _verdict, ...pair } = exampleOf({
      id: 'a',
      question: 'Why?',
      chunkId: 'kettles#2',
      documentId: 'kettles',
    });
    const example = failedPair(pair, { reason: 'refused', why: 'HTTP 400: no' });
    expect(example.verdict).toMatchObject({ decision: 'reject', reasons: ['refused'] });
    expect(failedItem(example)).toEqual({
      where: 'document kettles, passage kettles#2, question "Why?"',
      reason: 'refused',
      why: 'HTTP 400: no',
    });
    expect(failedItem(exampleOf({ id: 'b', question: 'Kept?' }))).toBeUndefined();
  });
});
