import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../common/config-errors.ts';
import { ArtifactError, DatasetError, DocumentError, RunError } from '../common/errors.ts';
import { ProviderError, type ProviderErrorKind } from '../contract/ports.ts';
import { toFailure } from './failure.ts';

/** The failure that an error becomes. */
function failureOf(error: unknown): ApplicationFailure {
  const failure = toFailure(error);
  if (!(failure instanceof ApplicationFailure)) throw new Error('not a failure of Temporal');
  return failure;
}

describe('what a provider refuses', () => {
  /** Whether the same call may succeed later, by kind: a new kind does not compile until it is judged here. */
  const RETRIED: Record<ProviderErrorKind, boolean> = {
    authentication: false,
    'not-found': false,
    'bad-request': false,
    'rate-limited': true,
    server: true,
    network: true,
    malformed: true,
  };

  it.each(Object.entries(RETRIED) as [ProviderErrorKind, boolean][])('%s: retried %s', (kind, retried) => {
    const error = new ProviderError(kind, 'the model said no');
    const failure = failureOf(error);
    expect(failure).toMatchObject({
      type: `whetstone.provider.${kind}`,
      message: 'the model said no',
      nonRetryable: !retried,
    });
    expect(failure.cause).toBe(error);
    expect(failure.nextRetryDelay ?? undefined).toBeUndefined();
  });

  it('waits as long as the provider asked', () => {
    expect(failureOf(new ProviderError('rate-limited', 'slow down', { retryAfterMs: 7_000 })).nextRetryDelay).toBe(
      7_000,
    );
  });
});

describe('what a person must change first', () => {
  const problem = { kind: 'empty', file: 'a.md', found: 'nothing', expected: 'text', fix: 'write some' } as const;
  it.each([
    [new ConfigError(['configs/mine.yaml:1: name: found nothing']), 'whetstone.config'],
    [new DocumentError([problem]), 'whetstone.documents'],
    [new ArtifactError('artifact://x: no such file'), 'whetstone.artifact'],
    [new DatasetError('no example was kept'), 'whetstone.dataset'],
  ])('is not retried: %s', (error, type) => {
    const failure = failureOf(error);
    expect(failure).toMatchObject({ type, message: error.message, nonRetryable: true });
    expect(failure.cause).toBe(error);
  });
});

describe('everything else', () => {
  it.each([
    ['an error nobody knows', new Error('disk full')],
    ['a failure that is one already', ApplicationFailure.create({ type: 'whetstone.training', message: 'NaN' })],
    ['a cancellation', new CancelledFailure('stopped')],
    ['what is no error', 'text'],
    ['nothing', undefined],
  ])('passes through as it is: %s', (_what, error) => {
    expect(toFailure(error)).toBe(error);
  });
});

describe('a run that can not go on', () => {
  it('is a failure that no retry mends, with its cause where that is an error', () => {
    const cause = new Error('below');
    expect(toFailure(new RunError('documents', 'no documents', cause))).toMatchObject({
      type: 'whetstone.documents',
      message: 'no documents',
      nonRetryable: true,
      cause,
    });
    expect(failureOf(new RunError('gate', 'no suite', 'text')).cause).toBeUndefined();
    expect(failureOf(new RunError('whetstone.gate', 'no suite')).type).toBe('whetstone.gate');
  });
});
