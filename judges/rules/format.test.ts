import { describe, expect, it } from 'vitest';
import { FormatJudgeSchema, type FormatJudgeSpec } from '../../configs/judge-schema.ts';
import { createFormatJudge } from './format.ts';

const spec = (fields: Partial<FormatJudgeSpec>) => FormatJudgeSchema.parse({ judge: 'format', ...fields });
const judge = async (fields: Partial<FormatJudgeSpec>, answer: string) =>
  createFormatJudge(spec(fields)).judge({ question: 'How long?', answer });

describe('the judge of form', () => {
  it.each<[Partial<FormatJudgeSpec>, string, string]>([
    [{ minWords: 3 }, 'Seven days.', 'it has 2 words, at least 3 are asked for'],
    [{ maxWords: 3 }, 'It takes seven days.', 'it has 4 words, at most 3 are asked for'],
    [{ maxSentences: 1 }, 'Seven days. Or eight.', 'it has 2 sentences, at most 1 are asked for'],
    [{ matches: '^\\d' }, 'Seven days.', 'it does not match /^\\d/u'],
    [{ forbids: ['As an AI'] }, 'as an ai, I think so.', "it says 'As an AI', which is forbidden"],
  ])('rejects by %o', async (fields, answer, reason) => {
    expect(await judge(fields, answer)).toMatchObject({ label: 'misfits', score: 0, reason });
  });

  it('passes what has the form', async () => {
    const fields = { minWords: 2, maxWords: 4, maxSentences: 1, matches: 'days', forbids: ['weeks'] };
    expect(await judge(fields, 'It takes seven days.')).toMatchObject({ label: 'fits', score: 1 });
  });

  it('has another version when its settings change', () => {
    expect(createFormatJudge(spec({ maxWords: 3 })).version).not.toBe(createFormatJudge(spec({ maxWords: 4 })).version);
  });
});
