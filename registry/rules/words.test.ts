import { expect, it } from 'vitest';
import { PromoteSchema, StagePolicySchema } from '../../configs/schema.ts';
import { rulesInWords } from './words.ts';

const words = (policy: object, promote: object = {}) =>
  rulesInWords(StagePolicySchema.parse(policy), PromoteSchema.parse(promote));

it('say all that a move will be asked, by the alias and by the run: of two limits the stricter', () => {
  const policy = {
    approvals: { count: 2, roles: ['admin'] },
    maxAge: '14d',
    constraints: { p95LatencyMs: 2000, usdPer1000Answers: 3, regions: ['eu', 'us'] },
    override: 'never',
    fourEyes: true,
    breakGlass: { roles: ['admin'], reviewWithin: '24h' },
  };
  const promote = { approvals: 3, maxAge: '7d', constraints: { p95LatencyMs: 900 } };
  expect(words(policy, promote)).toEqual([
    'evidence: an evaluation against what serves',
    "evidence: the gate's promote, which nobody may override",
    'maxAge: the evaluation is 14d old at most',
    'maxAge: the evaluation is 7d old at most',
    'approvals: 3, signed, of the role admin, within 72 hours',
    'fourEyes: by others than who asks for it or starts the run',
    'constraints: 95 of 100 answers within 900 ms',
    'constraints: 1,000 answers for 3 USD at most',
    'constraints: hosted models in eu or us',
    'breakGlass: with a signature of the role admin, reviewed within 24h',
  ]);
});

it('say that little is asked', () => {
  expect(words({ evidence: [] })).toEqual(['approvals: none', 'breakGlass: nobody']);
  expect(words({})).toContain("evidence: the gate's promote, or an override that 1 other(s) than who asks approve");
});
