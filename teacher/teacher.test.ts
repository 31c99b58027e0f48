import fc from '../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import { unitsOf } from '../documents/units.ts';
import { createBuiltinTeacher } from './model.ts';
import { contentWords } from './words/content-words.ts';

interface Reply {
  facts: { questions: string[]; answer: string; quotes: string[]; kind: string }[];
  skipped: { quote: string; why: string }[];
}

const teacher = createBuiltinTeacher();

async function ask(passage: string, { title = 'Handbook', facts = 500, phrasings = 4 } = {}): Promise<Reply> {
  const content = `<passage title="${title}">\n${passage}\n</passage>\nfacts: ${facts}\nphrasings: ${phrasings}`;
  const reply = await teacher.chat({ messages: [{ role: 'user', content }], sample: 0 });
  return JSON.parse(reply.text) as Reply;
}

const questionsOf = async (passage: string, title?: string): Promise<string[]> =>
  (await ask(passage, title === undefined ? {} : { title })).facts.flatMap(({ questions }) => questions);

const PAIRED =
  'The induction takes 90 minutes. A green tag means that any member may use the saw. Wood is sold on Fridays.';

describe('what nobody would ask', () => {
  it.each([
    ['The lid closes with a click.', /what does the lid close/i],
    ['The warranty ends after two years.', /what does the warranty end/i],
    ['Marta approves invoices over 500 euro.', /how often/i],
    ['New bicycles carry two years of warranty on parts and five years on the frame.', /and five years/i],
    ['A full service takes 3 days in winter and up to nine working days in March.', /how long.*and up to/i],
    [
      'The stock system is called Rahmen and runs on the tablet behind the counter.',
      /^is|is the stock system called rahmen/i,
    ],
    ['Helmets are never returned.', /meant by helmets/i],
    ['Participants bring two tools of their own.', /what brings/i],
    ['Anyone who loses a tool replaces it.', /what does anyone/i],
    ['Researchers are testing new drugs.', /what are researchers\b(?! testing)|what researchers are\b(?! testing)/i],
    ['Treatment may include surgery.', /\bmight\b/i],
    ['It depends on the weather.', /./],
    ['This helps blood move.', /./],
    ['They may be signs of illness.', /./],
  ])('is not asked of %j (N2)', async (sentence, question) => {
    expect((await questionsOf(sentence)).filter((one) => question.test(one))).toEqual([]);
  });

  it('never asks for yes or no (F28)', async () => {
    for (const question of await questionsOf(
      `${PAIRED} Pets are not allowed. Nobody smokes. Use a push stick for thin cuts.`,
    ))
      expect(question).not.toMatch(
        /^(?:is|are|was|were|does|did|do|can|could|should|must|may|will|has|have)\b(?! (?:you (?:know|tell|say)|anyone know))|\bwhether\b|it true/i,
      );
  });

  it('never says all that the answer says (F28)', async () => {
    for (const { questions, answer } of (await ask(PAIRED)).facts)
      for (const question of questions) {
        const asked = contentWords(question);
        expect([...contentWords(answer)].filter((word) => !asked.has(word)).length).toBeGreaterThan(0);
      }
  });

  it('opens each wording of a fact in its own way, a fifth of them at most alike (F28)', async () => {
    for (const phrasings of [4, 8])
      for (const { questions } of (await ask(PAIRED, { phrasings })).facts) {
        const openers = questions.map((question) => question.toLowerCase().split(' ', 2).join(' '));
        const most = Math.max(1, Math.floor(phrasings / 5));
        for (const opener of openers) expect(openers.filter((one) => one === opener).length).toBeLessThanOrEqual(most);
      }
  });
});

describe('symbols', () => {
  it.each([
    ['The normal level is < 5 mmol per litre.', '< 5'],
    ['A fever is a temperature > 38 degrees.', '> 38'],
    ['The daily dose is 5 mg + 2 mg in winter.', '+ 2'],
    ['The margin of the scale is \u00b1 3 percent.', '\u00b1 3'],
    ['The clinic opens on Monday & Tuesday.', '& Tuesday'],
    ['The oven must stay at \u2264 80 \u00b0C.', '\u2264 80 \u00b0C'],
    ['The limit of the scale is $x < 5$ here.', '$x < 5$'],
    ['The wood holds 8\u201310% of water.', '8\u201310%'],
  ])('of %j stay in the answer, and no question says the opposite (F8)', async (sentence, symbols) => {
    for (const { questions, answer } of (await ask(sentence, { title: 'Clinic and scale and oven and level' })).facts) {
      expect(answer).toContain(symbols);
      const number = /\d+|Tuesday/.exec(symbols)![0];
      const told = questions.filter((question) => new RegExp(`\\b${number}\\b`).test(question));
      for (const question of told) expect(question).toContain(symbols);
    }
  });
});

describe('pronouns', () => {
  it('are spelled out where the sentence before says what they stand for', async () => {
    const { facts } = await ask('The riving knife stays on the saw. It prevents kickback.');
    expect(facts.map(({ answer }) => answer)).toContain('The riving knife prevents kickback.');
    expect(facts.flatMap(({ questions }) => questions)).toContain('What does the riving knife prevent?');
  });

  it('are told with the sentence before where they stand for all of it', async () => {
    const { facts } = await ask('Coolant goes into the blue drum. This keeps the river clean.');
    expect(facts.flatMap(({ answer }) => answer).join('\n')).toContain('This keeps the river clean.');
  });

  it('ask for what the sentence says of place, degree and time, and for nothing between them', async () => {
    expect(await questionsOf('Batteries are stored at 10 to 20 degrees.')).toContain(
      'At what temperature are batteries stored?',
    );
    const lights = await questionsOf('Lights must be switched on at dusk.');
    expect(lights.filter((question) => /\bwhat\b.*\bswitched on\b/i.test(question))).toEqual([]);
  });

  it('"you" is the asker, "we" is who is asked', async () => {
    const questions = await questionsOf('If your blade is dull, you should change it. We deliver parts within 3 days.');
    expect(questions).toContain('What should I do if my blade is dull?');
    expect(questions.some((question) => /do you deliver parts/.test(question))).toBe(true);
  });
});

describe('lists and tables', () => {
  it('ask for a list as a whole by its lead-in (N1)', async () => {
    const { facts } = await ask('Bring the following to your induction:\n\n- a photo card\n- closed shoes\n');
    expect(facts[0]).toMatchObject({ answer: 'Bring the following to your induction: a photo card and closed shoes.' });
    expect(facts[0]?.questions).toContain('What should I bring to my induction?');
  });

  it.each([
    ['The following risk factors raise the risk of gout: - Age - Diet', 'Which risk factors raise the risk of gout?'],
    ['Signs of thyroid illness include: - Fever - Rash', 'What are the signs of thyroid illness?'],
    ['If the fire alarm rings:\n\n1. Leave.\n2. Wait.', 'What should I do if the fire alarm rings?'],
    [
      'Before a bicycle leaves, the mechanic must:\n\n- check both brakes\n- wipe the frame',
      'Before a bicycle leaves, what must the mechanic do?',
    ],
    ['Employees have to:\n\n- wear gloves\n- report accidents', 'What do employees have to do?'],
    ['There are three kinds of membership:\n\n- Bench\n- Maker\n- Studio', 'What are the three kinds of membership?'],
  ])('turn %j into its question', async (passage, question) => {
    expect(await questionsOf(passage)).toContain(question);
  });

  it('ask for each cell by the header and the row (N1)', async () => {
    const table = '| Machine | Top speed | Places |\n| --- | --- | --- |\n| Band saw | 900 m/min | 2 |\n';
    const { facts } = await ask(table);
    expect(facts.map(({ answer }) => answer)).toEqual([
      'The top speed of the band saw is 900 m/min.',
      'The number of places for the band saw is 2.',
    ]);
    expect(facts[0]?.questions).toContain('What is the top speed of the band saw?');
    expect(facts[0]?.quotes).toEqual(['| Band saw | 900 m/min | 2 |']);
  });
});

describe('what is left out', () => {
  it.each([
    ['Is it open?', 'question'],
    ['https://example.com/a', 'link'],
    ['See also the price list on the board.', 'reference'],
    ['Rahmen', 'fragment'],
    ['It depends on the weather.', 'unclear-subject'],
    ['| a | b |', 'no-header'],
  ])('is named: %j as %s', async (passage, why) => {
    expect((await ask(passage, { title: '' })).skipped).toEqual([{ quote: passage, why }]);
  });
});

const word = fc.constantFrom(
  ...'the a It They lid saw blade people doctor closes is are was may should never if when because include contains . , : ; ? ! ( ) " < > \u2264 \u00b1 % $ $x$ \u00b0C 5 3.5 2-3 e.g. Dr. two half following which who to of in on for by with and or not no | - * # ** ` [a](b) <b> {x} \\ \u201c \u201d \u2026 \ud83d\ude00 \ud83d \u0000 \u202e \u6c34 constructor __proto__ toString what why how there this these you your we our'.split(
    ' ',
  ),
);
const text = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: word },
      { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
      fc.constantFrom('\n', '\n\n', '\n- ', '\n| '),
    ),
    {
      maxLength: 40,
    },
  )
  .map((parts) => parts.join(' '));

describe('of any text the teacher', () => {
  it('never throws, accounts for each unit, and writes whole questions (F27)', async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.string({ maxLength: 12 }), async (passage, title) => {
        const { facts, skipped } = await ask(passage, { title: title.replace(/["<>]/g, '') });
        const quoted = [...facts.flatMap(({ quotes }) => quotes), ...skipped.map(({ quote }) => quote)];
        // What the request holds is what was asked, so the passage is read as the teacher reads it.
        const read = `${passage}\n`;
        for (const unit of unitsOf(read)) expect(quoted.some((quote) => quote.includes(unit.text))).toBe(true);
        // A quote is found where it stands first: each unit is rested on there, or skipped.
        const spans = facts.flatMap(({ quotes }) =>
          quotes.map((one) => ({ at: read.indexOf(one), length: one.length })),
        );
        for (const { start, end, text: own } of unitsOf(read)) {
          const rests = spans.some(({ at, length }) => at < end && start < at + length);
          const lead = unitsOf(read).some(({ leadIn }) => leadIn !== undefined && own.includes(leadIn));
          expect(rests || lead || skipped.some(({ quote }) => quote === own)).toBe(true);
        }
        for (const { questions, answer } of facts) {
          expect(answer).not.toBe('');
          for (const question of questions) {
            expect(question).toMatch(/^[^\p{Ll}].*\?$/su);
            expect(question).not.toMatch(/\*\*|`|\]\(|<[a-z]|\s\s|\s\?$/);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['words', 'word '.repeat(20_000)],
    ['commas', 'If a, '.repeat(10_000)],
    ['brackets', '('.repeat(50_000)],
    ['items', '- Use the saw.\n'.repeat(300)],
  ])('reads a passage of many %s without a pause', async (_of, passage) => {
    expect((await ask(passage)).skipped.length + (await ask(passage)).facts.length).toBeGreaterThanOrEqual(0);
  });
});

describe('in a document about an illness', () => {
  const ill = (passage: string) =>
    ask(passage, { title: 'Merkel Cell Carcinoma / What are the stages of Merkel Cell Carcinoma ?' });

  it.each([
    ['In stage IB, the tumor is smaller than a coin.', /what is stage IB Merkel cell carcinoma\?/i],
    ['Stage IIA: The tumor is as large as an egg.', /stage IIA/],
    ['The NINDS supports research on Merkel cell carcinoma at its laboratories.', /who supports research on Merkel/i],
    ['Other symptoms include:\n\n- a lump\n- a rash', /what are some symptoms of Merkel cell carcinoma\?/i],
    ['The following are risk factors for Merkel cell carcinoma:\n\n- sunlight\n- age', /what are risk factors for/i],
    ['The disease is caused by sunlight and a weak immune system.', /what causes Merkel cell carcinoma/i],
  ])('%j names it in the question', async (passage, question) => {
    const { facts } = await ill(passage);
    expect(facts.flatMap(({ questions }) => questions).some((one) => question.test(one))).toBe(true);
  });

  it.each(['Treatment Options by Stage', 'Key Points', 'Stage II'])(
    'a heading such as %j states nothing',
    async (heading) => {
      expect((await ill(`${heading}\n\nThe skin is the largest organ of the body.`)).skipped).toContainEqual({
        quote: heading,
        why: 'fragment',
      });
    },
  );
});

describe('of what stands twice', () => {
  it('the second is left out as repeated, since a quote is found where it stands first', async () => {
    const { skipped } = await ask(
      'The lathe needs oil every 3 days. Wood is sold on Fridays. The lathe needs oil every 3 days.',
    );
    expect(skipped).toContainEqual({ quote: 'The lathe needs oil every 3 days.', why: 'repeated' });
  });

  it('a lead-in that is a list item is accounted for', async () => {
    const passage =
      'Tests may include the following: - X-ray. - Biopsy. - Two types of tests are used: - Scan. - Blood test.';
    const { facts, skipped } = await ask(passage);
    const quoted = [...facts.flatMap(({ quotes }) => quotes), ...skipped.map(({ quote }) => quote)];
    for (const unit of unitsOf(passage)) expect(quoted.some((quote) => quote.includes(unit.text))).toBe(true);
  });
});

describe('of a passage below a question about its title', () => {
  const below = (passage: string, heading = 'What are the treatments for Merkel Cell Carcinoma ?') =>
    ask(passage, { title: `Merkel Cell Carcinoma / ${heading}` });
  const questions = async (passage: string, heading?: string) =>
    (await below(passage, heading)).facts.flatMap((fact) => fact.questions);

  it('the heading is asked outright only where the first statement says what it asks for', async () => {
    const outright = /how is Merkel cell carcinoma diagnosed\?/i;
    const heading = 'How to diagnose Merkel Cell Carcinoma ?';
    const told =
      'Doctors will usually diagnose it after a look at a sample of the skin, and the laboratory helps them.';
    const beside = 'A nurse will take a small sample from the arm, and the laboratory needs some days for its test.';
    expect((await questions(told, heading)).some((one) => outright.test(one))).toBe(true);
    expect((await questions(beside, heading)).some((one) => outright.test(one))).toBe(false);
  });

  it('one open question asks for what long sentences say that no other form asks for well', async () => {
    const passage =
      'In the days that follow, the surgeon of the hospital will put a new drain into the arm that was operated on. ' +
      'Nurses who know the treatment well come to look at the wound every few hours, and clean it with great care.';
    const { facts } = await below(passage);
    expect(facts.flatMap((fact) => fact.questions)).toContain(
      'What should I know about the treatments for Merkel cell carcinoma?',
    );
    expect(facts.flatMap(({ quotes }) => quotes)).toHaveLength(2);
  });

  it('what is said of trials answers a question about trials', async () => {
    const passage =
      'Patients may want to think about taking part in a clinical trial with their doctor before the first operation.';
    expect(await questions(passage)).toContain('What should I know about clinical trials for Merkel cell carcinoma?');
  });

  it.each([
    ['The combined scans give more detailed pictures than each of the older scans gives by itself.', /combined scans/],
    ['Approximately 100 cases have been reported to doctors of all parts of the world so far.', /100 cases/],
    ['Cutting back slowly also allows the body to adjust to the loss of the medicine over time.', /cutting back/i],
    ['The patient\u2019s plasma contains antibodies that are not needed and that harm the cells.', /plasma/],
  ])('nobody is made to ask about what needs the text: %j', async (sentence, odd) => {
    expect((await questions(sentence)).filter((one) => odd.test(one))).toEqual([]);
  });
});

describe('of a statement that stands inside another', () => {
  it('the quote rests where it is found, and the other is left out as repeated', async () => {
    const passage =
      'The riving knife stays on the saw. Wood is sold on Fridays.\n\n- Ask Marta whether wood is sold on Fridays.\n- wood is sold on Fridays.';
    const { facts, skipped } = await ask(passage);
    const spans = facts.flatMap(({ quotes }) => quotes.map((quote) => [passage.indexOf(quote), quote.length] as const));
    for (const { start, end, text: own } of unitsOf(passage)) {
      const rests = spans.some(([at, length]) => start < at + length && at < end);
      expect(rests || skipped.some(({ quote }) => quote === own)).toBe(true);
    }
  });
});
