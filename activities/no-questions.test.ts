import { expect, it } from 'vitest';
import { TeacherSchema } from '../configs/model-schema.ts';
import { whyNoQuestions } from './no-questions.ts';

it('names the teacher that was asked, and what it replied (F13)', () => {
  const spec = { provider: 'openai', model: 'small', baseUrl: 'http://127.0.0.1:1/v1' };
  const why = whyNoQuestions(TeacherSchema.parse(spec));
  expect(why).toContain('openai/small was asked');
  expect(why).toContain('{"facts": []}');
  expect(why).not.toContain('built-in');
  expect(whyNoQuestions({ provider: 'builtin' })).toContain('built-in');
});
