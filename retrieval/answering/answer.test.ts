import { describe, expect, it } from 'vitest';
import { memoryRetriever } from '../../test/fakes/memory-retriever.ts';
import { openBookOf, passageOf } from '../../test/support/open-book.ts';
import type { ChatMessage } from '../../contract/ports.ts';
import type { IndexedPassage } from '../../schema/retrieval.ts';
import { answerOpenBook, nearestTo, openPrompt, type Means, type OpenQuestion } from './answer.ts';

const cycle = passageOf(
  'cycle.md#0',
  'A menstrual cycle takes 28 days on average. Between 21 and 35 days is normal. Teenagers have longer cycles.',
  { headings: ['The menstrual cycle', 'Length'], place: 'page 3', start: 100 },
);
const scan = passageOf('scan.md#2', 'An anomaly scan happens between 18 and 21 weeks. It takes 30 minutes.', {
  title: 'Scans',
  headings: ['Scans'],
});
const staff = passageOf('rota.md#0', 'The midwife on call this menstrual cycle study is Ann.', {
  groups: ['midwives'],
});
const old = passageOf('old.md#0', 'A menstrual cycle takes 30 days on average.', { validUntil: '2025-12-31' });

const asks = (content: string, ...before: ChatMessage[]): ChatMessage[] => [...before, { role: 'user', content }];
const said = (role: ChatMessage['role'], content: string): ChatMessage => ({ role, content });

/** A clock that is read twice for each step. */
const answer = (
  question: Partial<OpenQuestion> & Pick<OpenQuestion, 'messages'>,
  passages: readonly IndexedPassage[] = [cycle, scan, staff, old],
  means: Partial<Means> = {},
) => {
  let ms = 0;
  return answerOpenBook(
    { retriever: memoryRetriever(passages), clock: () => (ms += 5), ...means },
    { openBook: openBookOf(), today: '2026-11-26', ...question },
  );
};

describe('asking a model', () => {
  it('puts the nearest passages into the question, and cites them', async () => {
    const found = await answer({ messages: asks('How long is a menstrual cycle?', said('system', 'Be brief.')) });
    expect(found).toMatchObject({ kind: 'ask' });
    if (found.kind !== 'ask') return;
    expect(found.messages[0]).toEqual({ role: 'system', content: 'Be brief.' });
    expect(found.messages[1]?.content).toBe(
      [
        'Answer from these passages only.',
        '',
        '[1] The menstrual cycle > Length',
        '> A menstrual cycle takes 28 days on average. Between 21 and 35 days is normal. Teenagers have longer cycles.',
        '',
        '[2] Scans',
        '> An anomaly scan happens between 18 and 21 weeks. It takes 30 minutes.',
        '',
        'How long is a menstrual cycle?',
      ].join('\n'),
    );
    const { score, ...cited } = found.citations[0]!;
    expect(score).toBeGreaterThan(0.25);
    expect(cited).toEqual({
      documentId: 'cycle.md',
      title: 'The menstrual cycle',
      headings: ['The menstrual cycle', 'Length'],
      passageId: 'cycle.md#0',
      place: 'page 3',
      start: 100,
      end: 100 + cycle.text.length,
      text: cycle.text,
    });
    expect(found.citations).toHaveLength(2);
  });

  it('cites the page of a sentence, where its passage goes on over several', async () => {
    const places = ['page 4', 'page 5'].map((label, i) => ({
      label,
      start: 100 + cycle.text.indexOf(['Between', 'Teenagers'][i]!),
    }));
    const openBook = openBookOf({ unit: 'sentences', k: 3 });
    const found = await answer({ openBook, messages: asks('How long are menstrual cycles of teenagers?') }, [
      { ...cycle, places },
    ]);
    const cited = Object.fromEntries(found.citations.map(({ text, place }) => [text.split(' ')[0], place]));
    expect(cited).toEqual({ A: 'page 3', Between: 'page 4', Teenagers: 'page 5' });
  });

  it('in sentences puts the nearest statements, one a line', async () => {
    const openBook = openBookOf({ unit: 'sentences', k: 2 });
    const found = await answer({
      openBook,
      messages: asks('How many days of a menstrual cycle are normal and average?'),
    });
    if (found.kind !== 'ask') throw new Error(found.kind);
    expect(found.messages[0]?.content).toContain(
      '[1] Length: A menstrual cycle takes 28 days on average.\n[2] Length: Between 21 and 35 days is normal.\n\nHow many',
    );
    expect(found.citations.map(({ start, end, text }) => cycle.text.slice(start - 100, end - 100) === text)).toEqual([
      true,
      true,
    ]);
  });

  it('leaves out what the budget does not hold, the farthest first, and says so', async () => {
    const openBook = openBookOf({ budgetTokens: 25 });
    const found = await answer({ openBook, messages: asks('How long is a menstrual cycle?') });
    expect(found.citations.map(({ passageId }) => passageId)).toEqual(['cycle.md#0']);
    expect(found.steps.find(({ name }) => name === 'select')).toMatchObject({
      tokens: 22,
      said: ['1 of 2 left out, over the budget of 25 tokens'],
    });
  });

  it('cuts the nearest after a sentence where it is too long by itself, and says so', async () => {
    const openBook = openBookOf({ budgetTokens: 10 });
    const found = await answer({ openBook, messages: asks('How long is a menstrual cycle?') });
    expect(found.citations).toMatchObject([
      { text: 'A menstrual cycle takes 28 days on average.', start: 100, end: 143 },
    ]);
    expect(found.steps.at(-1)?.said).toContain('cycle.md#0 cut to the budget of 10 tokens');
    const none = await answer({
      openBook: openBookOf({ budgetTokens: 3 }),
      messages: asks('How long is a menstrual cycle?'),
    });
    expect(none).toMatchObject({ kind: 'say', why: 'not said' });
    expect(none.steps.at(-1)?.said).toContain('nothing fits');
  });
});

it('for training gives more than a prompt holds, the nearest first, and the same prompt of it', async () => {
  const retriever = memoryRetriever([cycle, scan, old]);
  const question = 'How many days of a menstrual cycle are normal and average?';
  for (const unit of ['sentences', 'passages'] as const) {
    const openBook = openBookOf({ unit, k: 1 });
    const near = await nearestTo(retriever, { openBook, question, today: '2026-11-26' }, { most: 4 });
    const served = await answer({ openBook, messages: asks(question) }, [], { retriever });
    if (served.kind !== 'ask') throw new Error(served.kind);
    expect(near.slice(0, 1)).toEqual(served.citations);
    expect(openPrompt(openBook, { citations: near.slice(0, 1), question })).toBe(served.prompt);
    expect(near.map(({ text }) => text.slice(0, 10))).toEqual(
      unit === 'passages' ? ['A menstrua', 'An anomaly'] : ['A menstrua', 'Between 21', 'Teenagers ', 'An anomaly'],
    );
  }
});

describe('quoting', () => {
  it('says the best sentences in the order of the document, and cites each', async () => {
    const messages = asks('Which days are normal, and which days on average?');
    const found = await answer({ messages, quote: 2 }, [cycle]);
    expect(found).toMatchObject({
      kind: 'say',
      why: 'quoted',
      text: 'A menstrual cycle takes 28 days on average. Between 21 and 35 days is normal.',
    });
    expect(found.citations.map(({ start, end }) => [start, end])).toEqual([
      [100, 143],
      [144, 177],
    ]);
  });

  it('quotes none that is below the minimum', async () => {
    const found = await answer({
      messages: asks('When does an anomaly scan happen?'),
      quote: 3,
      openBook: openBookOf({ minScore: 0.5 }),
    });
    expect(found).toMatchObject({ kind: 'say', text: 'An anomaly scan happens between 18 and 21 weeks.' });
  });

  it('quotes none that is far behind the nearest', async () => {
    const far = passageOf('far.md#0', 'A menstrual cycle takes 28 days on average. Many days of rest follow birth.', {
      headings: ['Days'],
    });
    const messages = asks('How many days does a menstrual cycle take on average?');
    const openBook = openBookOf({ minScore: 0.1 });
    expect(await answer({ messages, quote: 3, openBook }, [far])).toMatchObject({
      text: 'A menstrual cycle takes 28 days on average.',
    });
  });

  it('says a sentence once that stands in two documents', async () => {
    const twice = passageOf('copy.md#0', 'An anomaly scan happens between  18 and 21 weeks.', { headings: ['Scans'] });
    const found = await answer(
      { messages: asks('When does an anomaly scan happen, and how many minutes?'), quote: 3 },
      [scan, twice],
    );
    expect(found).toMatchObject({ text: 'An anomaly scan happens between 18 and 21 weeks. It takes 30 minutes.' });
    expect(found.citations).toHaveLength(2);
  });

  it('says an item with what leads to it, and a row with its header, without marks', async () => {
    const list = passageOf(
      'bag.md#0',
      'For the **birth** bring to hospital:\n\n- your `maternity` notes\n- a [towel](http://x)\n',
      {
        headings: ['Hospital'],
      },
    );
    const table = passageOf('doses.md#0', '| Vitamin | Daily dose |\n| --- | --- |\n| folic acid | 400 mcg |\n', {
      headings: ['Vitamins'],
    });
    const bag = await answer({ messages: asks('Which notes do I bring to hospital for birth?'), quote: 1 }, [list]);
    expect(bag).toMatchObject({ text: 'For the birth bring to hospital: your maternity notes.' });
    const dose = await answer({ messages: asks('What daily dose of folic acid vitamin?'), quote: 1 }, [table]);
    expect(dose).toMatchObject({ text: 'Vitamin: folic acid; Daily dose: 400 mcg.' });
  });
});

describe('what is not said', () => {
  it('is told as the version says, and no model is asked', async () => {
    const messages = asks('Who won the football match?');
    for (const quote of [undefined, 3]) {
      const found = await answer({ messages, quote });
      expect(found).toMatchObject({ kind: 'say', why: 'not said', text: "The documents don't say.", citations: [] });
      expect(found.steps.at(-1)?.said?.[0]).toMatch(
        /^the nearest has 0\.000, asked for at least 0\.25$|^nothing was found$/,
      );
    }
    expect(await answer({ messages }, [])).toMatchObject({ why: 'not said' });
  });

  it('includes what another group may see, and what is no longer valid', async () => {
    const messages = asks('Who is the midwife on call?');
    expect(await answer({ messages, quote: 1 })).toMatchObject({ why: 'not said' });
    expect(await answer({ messages, quote: 1, groups: ['midwives'] })).toMatchObject({ why: 'quoted' });
    const cycles = asks('How long does a menstrual cycle take on average?');
    expect(await answer({ messages: cycles, quote: 1 }, [old])).toMatchObject({ why: 'not said' });
    expect(await answer({ messages: cycles, quote: 1, today: '2025-12-31' }, [old])).toMatchObject({ why: 'quoted' });
  });
});

describe('a question that follows others', () => {
  const before = [said('user', 'How long is a menstrual cycle?'), said('assistant', '28 days.')];

  it('by rule is searched for with those before it, and asked as it was', async () => {
    const retriever = memoryRetriever([cycle]);
    const found = await answer({ messages: asks('And for teenagers?', ...before) }, [], { retriever });
    expect(retriever.requests[0]?.question).toBe('How long is a menstrual cycle? And for teenagers?');
    if (found.kind !== 'ask') throw new Error(found.kind);
    expect(found.messages.slice(0, 2)).toEqual(before);
    expect(found.messages[2]?.content).toMatch(/\n\nAnd for teenagers\?$/);
  });

  it('with words of its own stands alone', async () => {
    const retriever = memoryRetriever([cycle]);
    await answer({ messages: asks('When does an anomaly scan happen?', ...before) }, [], { retriever });
    await answer({ messages: asks('And then?', ...before), openBook: openBookOf({ rewrite: 'none' }) }, [], {
      retriever,
    });
    expect(retriever.requests.map(({ question }) => question)).toEqual([
      'When does an anomaly scan happen?',
      'And then?',
    ]);
  });

  it('by model is what the model says, unless that is no question; then the rule does it, and it is said', async () => {
    const openBook = openBookOf({ rewrite: 'model' });
    for (const [reply, question, told] of [
      ['How long is the cycle of teenagers?', 'How long is the cycle of teenagers?', undefined],
      [
        'Teenagers have\nlonger cycles.',
        'How long is a menstrual cycle? And for teenagers?',
        ["the model's was no question: by rule"],
      ],
      ['', 'How long is a menstrual cycle? And for teenagers?', ["the model's was no question: by rule"]],
      [undefined, 'How long is a menstrual cycle? And for teenagers?', ['no model to rewrite with: by rule']],
    ] as const) {
      const retriever = memoryRetriever([cycle]);
      const rewriter = reply === undefined ? undefined : () => Promise.resolve({ text: reply, tokens: 9 });
      const found = await answer({ openBook, messages: asks('And for teenagers?', ...before) }, [], {
        retriever,
        rewriter,
      });
      expect(retriever.requests[0]?.question).toBe(question);
      expect(found.steps[0]).toEqual({
        name: 'rewrite',
        ms: 5,
        ...(reply !== undefined && { tokens: 9 }),
        ...(told && { said: told }),
      });
    }
  });

  it('each step says how long it took, and nothing of what was asked', async () => {
    const { steps } = await answer({ messages: asks('And for teenagers?', ...before), quote: 1 });
    expect(steps.map(({ name, ms }) => [name, ms])).toEqual([
      ['rewrite', 5],
      ['retrieve', 5],
      ['select', 5],
    ]);
    expect(JSON.stringify(steps)).not.toMatch(/teenager|menstrual/i);
  });

  it('without a question is refused', async () => {
    await expect(answer({ messages: [said('assistant', 'Hello.')] })).rejects.toThrow('found none of role user');
  });
});
