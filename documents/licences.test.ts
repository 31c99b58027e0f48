import { describe, expect, it } from 'vitest';
import { licenceProblems } from './licences.ts';

const problems = (changes: Partial<Parameters<typeof licenceProblems>[0]> = {}) =>
  licenceProblems({
    documents: [
      { uri: 'file:///docs/one.md', licence: 'CC BY 4.0' },
      { uri: 'file:///docs/two.md', licence: undefined },
    ],
    candidates: [
      { name: 'tiny', base: 'tiny-llama' },
      { name: 'big', base: 'org/model', licence: 'apache-2.0' },
    ],
    teacher: { name: 'openai/x', trainingTerms: 'unknown' },
    licences: { documents: [], bases: [] },
    ...changes,
  });

describe('licences and terms', () => {
  it('are not checked where the config names none', () => {
    expect(problems()).toEqual([]);
  });

  it('name a document whose licence is missing or not allowed, and the fix', () => {
    const found = problems({ licences: { documents: ['cc-by-4.0'], bases: [] } });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(
      /^document \/docs\/two\.md: found no licence in its front matter, expected one of licences.documents/,
    );
    expect(problems({ licences: { documents: ['MIT'], bases: [] } })).toHaveLength(2);
  });

  it('name a base, but not the embedded one, which is made of the documents', () => {
    const found = problems({ licences: { documents: [], bases: ['mit'] } });
    expect(found).toEqual([expect.stringMatching(/^candidate big: base org\/model: found licence 'apache-2.0'/)]);
  });

  it('refuse a teacher whose terms forbid training on what it writes', () => {
    expect(problems({ teacher: { name: 'openai/x', trainingTerms: 'forbidden' } })).toEqual([
      expect.stringContaining('teacher openai/x: its terms forbid training'),
    ]);
  });
});
