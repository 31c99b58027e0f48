import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { writeAnswers } from '../../evaluation/answers-parquet.ts';
import { GradeInputSchema } from '../../contract/grading.ts';
import { evaluation, evidence, pair, promotion } from '../../test/support/evidence.ts';
import type { Grade } from '../../registry/grades/schema.ts';
import { withGradings } from './graded.ts';
import { gradeTemplate } from '../html/blind.ts';
import { findPage, readPage } from '../keep.ts';
import { findSample } from '../sample/keep.ts';
import { writeEvidence } from '../write.ts';

let folder: string;
let artifacts: ArtifactStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graded-'));
  artifacts = createFileStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const evidenceSha256 = 'e'.repeat(64);

/** A page over so many questions, with one that fell and stands on the page by name. */
async function write(questions: number, text = (i: number) => `new ${i}`) {
  const rows = Array.from({ length: questions }, (_, i) =>
    pair(`q${i}`, { answer: `old ${i}`, score: i === 0 ? 1 : 0 }, { answer: text(i), score: i === 0 ? 0 : 1 }),
  ).flat();
  const results = await writeAnswers({ artifacts, rows });
  const [, golden] = evaluation().suites;
  const {
    answersOf: _,
    phrases: __,
    ...rest
  } = evidence([], { evaluation: evaluation({ suites: [{ ...golden!, results }] }), promotion });
  await writeEvidence({ ...rest, evidenceSha256, artifacts, suites: [], linkTo: (id) => id });
  const page = await findPage({ artifacts, evaluation: evidenceSha256, promotion: promotion.id });
  const kept = await findSample(artifacts, { evaluation: evidenceSha256, promotion: promotion.id });
  return { html: await readPage(artifacts, page!), kept: kept! };
}

it('the page of a promotion holds a blind sample, and nothing by which to tell whose an answer is', async () => {
  const { html, kept } = await write(60);
  const { document } = parseHTML(html);
  const section = document.querySelector('section[aria-labelledby=blind]')!;
  const cards = [...section.querySelectorAll('article')];
  expect(cards).toHaveLength(20);
  // The page shows named answers above; none of them is asked for.
  const named = new Set(
    [...document.querySelectorAll('section[aria-labelledby=answers] code')].map((one) => one.textContent),
  );
  const asked = kept.sample.questions.slice(0, 20).map(({ questionId }) => questionId);
  expect(named.size).toBeGreaterThan(3);
  expect(asked.filter((id) => named.has(id))).toEqual([]);
  const elsewhere = html.replace(section.outerHTML, '');
  const orders = cards.map((card, i) => {
    const [, a, b] = [...card.querySelectorAll('.said-by')].map((one) => one.textContent);
    const { questionId } = kept.sample.questions[i]!;
    expect(new Set([a, b])).toEqual(new Set([`new ${questionId.slice(1)}`, `old ${questionId.slice(1)}`]));
    return a!.startsWith('new') ? 'a' : 'b';
  });
  expect(orders).toEqual(kept.sample.questions.slice(0, 20).map(({ candidate }) => candidate));
  expect(new Set(orders).size).toBe(2);
  // What the order follows from is nowhere on the page, and neither are ids of questions.
  for (const id of asked) expect(`${elsewhere}${section.outerHTML}`).not.toContain(`<code>${id}</code>`);
});

it('the input that it gives is taken once it is filled in, and refused as it stands', async () => {
  const { html, kept } = await write(30);
  const template = [...parseHTML(html).document.querySelectorAll('section[aria-labelledby=blind] pre')][0]!
    .textContent!;
  expect(template).toBe(
    gradeTemplate({
      sample: kept.id,
      questions: kept.sample.questions.slice(0, 20).map((one, i) => ({ ...one, number: i + 1 })),
    }),
  );
  expect(GradeInputSchema.safeParse(JSON.parse(template)).error?.issues[0]).toMatchObject({
    path: ['grades'],
    message: 'found no grade, expected one at least, such as "1a 2both"',
  });
  const filled = template.replace(/(\d)-/g, '$1both');
  expect(GradeInputSchema.parse(JSON.parse(filled))).toMatchObject({ sample: kept.id, grades: { length: 20 } });
});

it('says so where nothing is left to grade', async () => {
  expect((await write(6)).html).toContain(
    'All answers that differ stand on this page with their names: there is nothing to grade blind.',
  );
  expect((await write(8, (i) => `old ${i}`)).html).toContain('No answer differs: there is nothing to grade blind.');
});

it('shows what people said since, as text, at its place and nowhere else', async () => {
  const { html } = await write(
    30,
    (i) => `<p id="graded" class="note">Nobody had graded it when this page was written.</p>${i}`,
  );
  expect(await withGradings(html, [])).toBe(html);
  const grade: Grade = {
    question: 1,
    suite: 'golden',
    questionId: 'q',
    prefers: 'candidate',
    comment: '<script>alert(1)</script>\u001b[2J',
    verdicts: {},
  };
  const grading = {
    promotionId: promotion.id,
    seq: 1,
    by: '<b>Ada</b>',
    sample: 'a'.repeat(12),
    grades: [grade],
    updateId: 'u',
    at: '2026-11-26T10:00:00Z',
  };
  const shown = await withGradings(html, [grading]);
  const { document } = parseHTML(shown);
  expect(document.querySelectorAll('#graded')).toHaveLength(1);
  expect(document.querySelector('section[aria-labelledby=blind] #graded')?.textContent).toMatch(
    /Graded by <b>Ada<\/b> \(1 question\)/,
  );
  expect(document.querySelector('section[aria-labelledby=blind]')?.textContent).not.toContain('preferred');
  expect(document.querySelector('main > details#grades:last-child')?.textContent).toMatch(
    /look after you have graded[\s\S]*without the \d+ that the page names:[\s\S]*<b>Ada<\/b>\s+\(name as claimed\) preferred the new answer in 1 of 1[\s\S]*Question 1, the new answer: <script>alert\(1\)<\/script>␛\[2J/,
  );
  expect(document.querySelectorAll('script')).toHaveLength(0);
  expect(shown).not.toContain('Nobody had graded it when this page was written.</p>\n');
});
