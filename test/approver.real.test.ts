import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MODEL, startApproverSystem, WORST, type ApproverSystem } from './support/approver-system.ts';
import { launchChromium } from './support/chromium.ts';
import { TemporalUi } from './support/temporal-ui.ts';

/**
 * The way of a person who approves, and who has never seen the code: the real Temporal UI and the evidence page, in a browser. It takes the pictures of
 * docs/how-to/approve-a-promotion.md where PICTURES names a folder: npm run docs:walk.
 */

const ROOT = join(import.meta.dirname, '..');

let system: ApproverSystem;
let browser: Browser;
let context: BrowserContext;
let ui: TemporalUi;
beforeAll(async () => {
  [system, browser] = await Promise.all([startApproverSystem(), launchChromium()]);
  context = await browser.newContext({ viewport: { width: 1100, height: 820 }, colorScheme: 'light' });
  context.setDefaultTimeout(20_000);
  ui = new TemporalUi(await context.newPage(), system.ui);
  // Whoever runs the system makes the key, once.
  await whetstone(['keys', 'create', '--subject', 'Ada Long', '--role', 'approver']);
});
afterAll(async () => {
  await browser?.close();
  await system?.close();
});

/** A command in a terminal, and what it prints. */
async function whetstone(args: string[], typed = ''): Promise<string> {
  const running = promisify(execFile)(process.execPath, [join(ROOT, 'bin/whetstone.mjs'), ...args], {
    env: { ...system.env, USER: 'nobody' },
  });
  running.child.stdin?.end(typed);
  return (await running).stdout.trim();
}

async function picture(name: string, of: Page | Locator): Promise<void> {
  const folder = process.env.PICTURES;
  if (folder) await of.screenshot({ path: join(folder.startsWith('/') ? folder : join(ROOT, folder), `${name}.png`) });
}

/** What the gateway answers, and which version did. */
async function ask(question: string): Promise<{ status: number; version: string | null; text: string }> {
  const reply = await fetch(`${system.gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: question }] }),
  });
  const body = (await reply.json()) as { choices?: { message: { content: string } }[]; error?: { message: string } };
  const text = body.choices?.[0]?.message.content ?? body.error?.message ?? '';
  return { status: reply.status, version: reply.headers.get('x-whetstone-version'), text };
}

const COFFEE = 'how many coffees can i have while pregnant?';

it('an approver reads, grades blind, approves with a signature, takes down and rolls back, by the Temporal UI and the evidence page alone', async () => {
  const { promotion } = system;
  const before = await ask(COFFEE);
  expect(before).toMatchObject({ status: 200, version: '2' });

  // What waits, in the list; what would change, on its page.
  await ui.list('`WorkflowType`="promoteModel" AND `ExecutionStatus`="Running"');
  await ui.page.getByText(promotion).first().waitFor();
  await picture('approve-1-list', ui.page);
  await ui.open(promotion);
  const waiting = await ui.details('Waits for 1 approval');
  expect(await waiting.locator('body').innerText()).toContain(
    `Approving moves production of ${MODEL} from version 2 to version 3`,
  );
  await picture('approve-2-promotion', ui.page);

  // The evidence: what changed for the worse.
  const [evidence] = await Promise.all([
    context.waitForEvent('page'),
    waiting.getByRole('link', { name: /Read the evidence/ }).click(),
  ]);
  await evidence.waitForLoadState();
  expect(await evidence.title()).toBe(`Promote ${MODEL} version 3 to production?`);
  await picture('approve-3-evidence', evidence);
  const worse = evidence.locator('section[aria-labelledby=answers] .worse-box');
  const worst = worse.filter({ hasText: WORST.question });
  expect(await worst.innerText()).toMatch(
    new RegExp(`What serves now[\\s\\S]*Call emergency services now[\\s\\S]*${WORST.answer}`, 'i'),
  );
  await picture('approve-4-worst', worst);
  expect(await evidence.locator('section[aria-labelledby=data]').innerText()).toMatch(
    /1 added, 1 removed, 1 answered otherwise/,
  );

  // A blind sample: graded as somebody would who knows the right answers.
  await evidence.getByText('20 questions to grade').click();
  const cards = evidence.locator('section[aria-labelledby=blind] article');
  expect(await cards.count()).toBe(20);
  await picture('approve-5-blind', cards.first());
  const template = await evidence.locator('section[aria-labelledby=blind] pre').first().innerText();
  const graded = JSON.parse(template) as { by: string; grades: string };
  graded.by = 'Ada Long';
  for (const [i, dash] of graded.grades.split(' ').entries()) {
    const [reference, a, b] = await cards.nth(i).locator('.said-by').allInnerTexts();
    const prefers = a === reference ? (b === reference ? 'both' : 'a') : b === reference ? 'b' : 'neither';
    expect(dash).toBe(`${i + 1}-`);
    graded.grades = graded.grades.replace(new RegExp(`\\b${dash}(?= |$)`), `${i + 1}${prefers}`);
  }
  const grading = await ui.fillUpdate('grade', JSON.stringify(graded, null, 1));
  await picture('approve-6-grade', ui.page);
  await ui.submit(grading);
  // Another person grades in a terminal.
  const said = JSON.parse(
    await whetstone(
      ['grade', promotion, '--by', 'Bob', '--questions', '3', '--json'],
      '1\n2 too vague\nback\nboth\nneither\nsend\n',
    ),
  ) as { tally: object; grades: { comment?: string }[] };
  expect(said.tally).toMatchObject({ by: 'Bob', graded: 3, both: 1, neither: 1 });
  const told = await ui.details('Bob (name as claimed)');
  expect(await told.locator('body').innerText()).toMatch(
    /Ada Long \(name as claimed\) preferred the new answer in \d+ of 20, the old in \d/,
  );
  await evidence.reload();
  expect(await evidence.locator('#graded').innerText()).toMatch(
    /Graded by Ada Long \(20 questions\), Bob \(3 questions\)/,
  );
  expect(await evidence.locator('#grades').textContent()).toMatch(
    /Ada Long[\s\S]*Bob[\s\S]*correctness puts the preferred answer first/,
  );

  // A name that is typed does not count; a signature does.
  const claimed = await ui.fillUpdate('approve', JSON.stringify({ by: 'Ada Long', why: 'fine' }));
  await ui.submitInVain(claimed, 'production takes signed decisions only');
  const command = await evidence.locator('section[aria-labelledby=decide] pre').first().innerText();
  expect(command).toBe(`npx whetstone approve ${promotion} --why "what you read and found" --sign`);
  const signed = await whetstone([
    'approve',
    promotion,
    '--why',
    'Read the ten answers; the one on fainting goes to the editors',
    '--sign',
  ]);
  const approval = await ui.fillUpdate('approve', signed);
  await picture('approve-7-sign', ui.page);
  await ui.submit(approval);
  await ui.details('Promoted.');
  await picture('approve-8-promoted', ui.page);
  const after = await ask(COFFEE);
  expect(after).toMatchObject({ status: 200, version: '3', text: expect.stringContaining('200 milligrams') });
  expect(after.text).not.toBe(before.text);

  // It goes wrong: nothing serves, then what served before.
  const [takedown = '', , rollback = ''] = await evidence.locator('section[aria-labelledby=wrong] pre').allInnerTexts();
  await ui.fillStart({
    type: 'takeDownModel',
    id: 'takedown-1',
    input: takedown.replace('your name', 'Ada Long').replace('what is wrong', 'fainting is not sent to help'),
  });
  await picture('approve-9-takedown', ui.page);
  await ui.start();
  await expect.poll(async () => (await ask(COFFEE)).status).toBe(503);
  expect((await ask(COFFEE)).text).toContain('taken down by Ada Long');
  await ui.fillStart({
    type: 'rollbackModel',
    id: 'rollback-1',
    input: rollback.replace('your name', 'Ada Long').replace('what is wrong', 'fainting is not sent to help'),
  });
  await ui.start();
  await expect.poll(async () => (await ask(COFFEE)).version).toBe('2');
  expect((await ask(COFFEE)).text).toBe(before.text);

  const history = await whetstone(['history', `${MODEL}@production`]);
  expect(history).toMatch(
    /approved by Ada Long \(signed by key [0-9a-f]{16}\)[\s\S]*takedown by Ada Long[\s\S]*rollback by Ada Long/,
  );
});
