import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectEvidence } from '../evidence/collect.ts';
import { withGradings } from '../evidence/live/graded.ts';
import { evidenceHtml } from '../evidence/html/document.ts';
import { launchChromium } from './support/chromium.ts';
import { corrected, evaluation, evidence, pair, promotion } from './support/evidence.ts';

/** The evidence page in a browser. */
const axe = createRequire(import.meta.url).resolve('axe-core');
const WCAG_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

const golden = { suite: 'golden' };
const asked = [
  ...corrected.asked,
  pair('fell', { ...golden, score: 1 }, { ...golden, score: 0, answer: '<script>document.title = "run"</script>' }),
  pair('rose', { ...golden, score: 0, answer: '' }, { ...golden, score: 1 }),
  pair('wrong', golden, golden),
  ...Array.from({ length: 12 }, (_, i) =>
    pair(`bad${i}`, golden, {
      ...golden,
      safe: false,
      answer: `Take 20 mg. ${'x'.repeat(500)}`,
      reason: "dose: '20 mg'",
    }),
  ),
];
const [test, people] = evaluation().suites;
const slices = [
  { column: 'topic', value: 'x'.repeat(80), questions: 3, means: { safety: { incumbent: 1, tuned: 0 } } },
];

const text = (words: string) => ({ text: words });
const blind = {
  sample: '0'.repeat(12),
  of: { questions: 40, differ: 30, named: 10 },
  questions: [1, 2].map((number) => ({
    number,
    suite: 'golden',
    question: text('How much?'),
    reference: text('Two litres.'),
    a: { text: '<b>'.repeat(400), of: 100_000 },
    b: text(''),
  })),
};
const grade = {
  question: 1,
  suite: 'golden',
  questionId: 'q',
  prefers: 'candidate' as const,
  comment: 'clearer',
  verdicts: { correctness: { judge: 'correctness', version: '1', candidate: 1, other: 0 } },
};
const change = { question: text('How much?'), part: 'train', before: text('42'), after: text('45') };
const data = {
  status: 'differs' as const,
  before: 'a'.repeat(12),
  after: 'b'.repeat(12),
  same: 10,
  kinds: [{ kind: 'answered otherwise' as const, count: 1, shown: [change] }],
  settings: [{ field: 'generation.tone', before: 'not set', after: '"warm"' }],
};

let browser: Browser;
let html: string;
describe('the evidence page in a browser', () => {
  beforeAll(async () => {
    const { known, changeOf } = corrected;
    const whole = evaluation({ suites: [test!, { ...people!, slices }], corrections: known });
    const more = { promotion, evaluation: whole, data, changeOf };
    const collected = await collectEvidence(evidence(asked, more));
    const page = await evidenceHtml({ ...collected, blind });
    html = await withGradings(page, [
      {
        promotionId: promotion.id,
        seq: 1,
        by: 'Ada',
        sample: blind.sample,
        grades: [grade],
        updateId: 'u',
        at: '2026-11-26',
      },
    ]);
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it.each([
    ['light', 1280],
    ['light', 390],
    ['dark', 1280],
    ['dark', 390],
  ] as const)('meets WCAG AA, %s and %i pixels wide, with all of it open', async (colorScheme, width) => {
    // The page's own policy forbids the checker's script as any other.
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
    const page = await context.newPage();
    await page.setContent(html);
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    expect(await page.locator('section[aria-labelledby=corrections] mark').count()).toBeGreaterThan(2);
    await page.addScriptTag({ path: axe });
    const results = await page.evaluate<AxeResults>(`axe.run({ runOnly: ${JSON.stringify(WCAG_AA)} })`);
    const found = results.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
    expect(found).toEqual([]);
    expect(results.passes.length).toBeGreaterThan(10);
    await context.close();
  });

  it.each([390, 1100, 1400])('clips no word of a chart, %i pixels wide, however long names are', async (width) => {
    const name = 'a-long-name-of-a-candidate-that-somebody-gave';
    const renamed = evaluation({
      suites: [test!, { ...people!, name: 'questions-of-people-who-wrote-to-us' }].map((suite) => ({
        ...suite,
        comparisons: suite.comparisons.map((one) => ({
          ...one,
          metric: one.metric === 'safety' ? 'right-refusal-of-what-nobody-knows' : one.metric,
          candidate: name,
          means: { ...one.means, [name]: 0.5 },
        })),
      })),
    });
    const gate = { decision: 'promote' as const, suite: 'test', candidate: name, reasons: [] };
    const long = await evidenceHtml(await collectEvidence(evidence([], { evaluation: renamed, gate })));
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    for (const one of [html, long]) {
      await page.setContent(one);
      const clipped = await page.evaluate<string[]>(`[...document.querySelectorAll('svg[role=img]')].flatMap((svg) => {
        const room = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')].filter((text) => {
          const { left, right, top, bottom } = text.getBoundingClientRect();
          return left < room.left - 1 || right > room.right + 1 || top < room.top - 1 || bottom > room.bottom + 1;
        }).map((text) => text.textContent);
      })`);
      expect(clipped).toEqual([]);
      expect(await page.locator('svg[role=img] text').count()).toBeGreaterThan(10);
    }
    await page.close();
  });

  it('is whole without JavaScript, and runs none with it', async () => {
    const off = await browser.newContext({ javaScriptEnabled: false });
    const still = await off.newPage();
    await still.setContent(html);
    await still.getByText('Approving moves production of demo').waitFor();
    expect(await still.locator('section[aria-labelledby=safety] mark').first().textContent()).toBe('20 mg');
    expect(await still.locator('svg[role=img]').count()).toBe(2);
    await off.close();
    const on = await browser.newPage();
    const asks: string[] = [];
    on.on('request', (request) => asks.push(request.url()));
    await on.setContent(html);
    expect(await on.title()).toBe('Promote demo version 4 to production?');
    expect(asks.filter((url) => !url.startsWith('about:'))).toEqual([]);
    await on.close();
  });
});
