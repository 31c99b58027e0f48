import type { TeacherSpec } from '../configs/schema.ts';

/** Why there is neither a pair nor a reject: every reply could be read, and had no fact in it. */
export const whyNoQuestions = (teacher: TeacherSpec): string =>
  teacher.provider === 'builtin'
    ? 'the built-in teacher found no plain declarative sentence to ask about'
    : `${teacher.provider}/${teacher.model} was asked, and each of its replies was an empty list of facts ({"facts": []}); ` +
      'ask another teacher, or look whether the documents state facts';
