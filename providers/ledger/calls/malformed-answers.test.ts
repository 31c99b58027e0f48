import { expect, it } from 'vitest';
import { ProviderError } from '../../../contract/ports.ts';
import { callOf, paid } from '../../../test/support/ledger-calls.ts';
import { countingMalformed, MalformedAnswers, unlessGivenUp } from './malformed-answers.ts';

const garbage = () => Promise.reject(new ProviderError('malformed', 'garbage'));

it('gives a request up after its third malformed answer, and does not ask it again', async () => {
  const malformed = new MalformedAnswers();
  const pay = unlessGivenUp(malformed, countingMalformed(malformed, garbage));
  for (const retryable of [true, true, false])
    await expect(pay(callOf())).rejects.toMatchObject({ kind: 'malformed', retryable });
  await expect(unlessGivenUp(malformed, async () => paid)(callOf())).rejects.toThrow('3 times: it is not asked again');
  // Another run's request, and another request, are others.
  expect(await unlessGivenUp(malformed, async () => paid)(callOf({ run: 'other' }))).toBe(paid);
  expect(await unlessGivenUp(malformed, async () => paid)(callOf({ key: 'other' }))).toBe(paid);
});

it('begins to count anew after an answer, and counts nothing else', async () => {
  const malformed = new MalformedAnswers();
  const fails = countingMalformed(malformed, garbage);
  for (let i = 0; i < 2; i++) await expect(fails(callOf())).rejects.toThrow('garbage');
  expect(await countingMalformed(malformed, async () => paid)(callOf())).toBe(paid);
  for (let i = 0; i < 2; i++) await expect(fails(callOf())).rejects.toMatchObject({ retryable: true });
  const away = new Error('away');
  await expect(countingMalformed(malformed, () => Promise.reject(away))(callOf())).rejects.toBe(away);
});
