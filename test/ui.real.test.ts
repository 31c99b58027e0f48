import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../contract/messages.ts';
import { withEndings, type Ended } from './support/endings.ts';
import { freePorts } from './support/system.ts';
import { SERVER_ARGS } from '../worker/system/temporal.ts';

/** What a person sees in the real Temporal UI, in Chromium at CHROMIUM or where Debian puts it; what the workers do is made up. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

let env: TestWorkflowEnvironment;
let browser: Browser;
let base: string;
describe.skipIf(!existsSync(executablePath))('the Temporal UI', () => {
  beforeAll(async () => {
    const [uiPort = 0] = await freePorts(1);
    const executable = { type: 'existing-path', path: process.env.WHETSTONE_TEST_TEMPORAL ?? '' } as const;
    const extraArgs = [...SERVER_ARGS];
    const server = { ui: true, uiPort, executable, searchAttributes: SEARCH_ATTRIBUTES, extraArgs };
    [env, browser] = await Promise.all([
      TestWorkflowEnvironment.createLocal({ server }),
      chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking'] }),
    ]);
    base = `http://127.0.0.1:${uiPort}/namespaces/default`;
  });
  afterAll(async () => {
    await browser?.close();
    await env?.teardown();
  });

  it('tells at a glance how each workflow ended, and on its page why and what to do next (N9, N10, N11)', async () => {
    await withEndings(env, async ({ handles }) => {
      const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
      // Of the run that passed there is a promotion, too.
      const rows = await listWithOutcomes(page, Object.keys(handles).length + 1);
      const outcomeOf = (id: string) =>
        rows
          .find(([, workflowId]) => workflowId === id)
          ?.slice(2)
          .join(' ');
      expect(outcomeOf('improve/passes/1')).toMatch(/^passed: version 2 goes on as promote\/passes\/production\//);
      expect(outcomeOf('improve/held/1')).toBe('held: correctness on test: +0.01: the interval does not lie above 0');
      expect(outcomeOf('improve/fails/1')).toMatch(/^failed: my-documents\/handbok: found no such file or folder/);
      expect(outcomeOf('a-wrong-input')).toMatch(/^failed: improveModel: config: found nothing.*did you mean 'config'/);
      expect(outcomeOf('promote/approved/production/1')).toMatch(/^promoted: production points at version 2/);
      expect(outcomeOf('promote/rejected/production/1')).toMatch(/^rejected: by Ada: two answers miss/);
      expect(outcomeOf('promote/nobody/production/1')).toMatch(/^held: nobody decided within/);
      expect(outcomeOf('improve/trains/cancelled')).toBe('cancelled: somebody cancelled it');
      expect(rows).toContainEqual(['Terminated', 'improve/trains/terminated', '']);

      const pages = new Map<string, string>();
      const seen = async (name: string) => {
        const text = pages.get(name) ?? (await pageOf(page, handles[name]!));
        pages.set(name, text);
        return text;
      };
      expect(await seen('failed')).toMatch(/Failed\. my-documents\/handbok.*What to do next:.*start the run again/s);
      expect(await seen('held')).toMatch(/Held\..*interval.*npx whetstone promote held@v2 --override/s);
      expect(await seen('cancelled')).toMatch(/Cancelled\..*Fine-tune the candidates\s+cancelled here/s);
      expect(await seen('training')).toMatch(/tuned: step 57 of 190, loss 1\.782, about .* left/);
      expect(await seen('promoted')).toMatch(/Promoted\. production points at version 2/);
      expect(await seen('terminated')).toMatch(/where the status above says Terminated, nothing goes on/);
      for (const name of ['failed', 'held', 'cancelled', 'promoted', 'rejected', 'expired'])
        expect(await seen(name), name).not.toMatch(/\brunning\b|Waits for/);

      const failure = await historyOf(page, handles['failed']!);
      expect(failure).toContain('my-documents/handbok');
      expect(failure).not.toMatch(/\.[jt]s:\d+/);
    });
  });
});

/** The list, with the columns that a person adds once: status, id and outcome of each row. */
async function listWithOutcomes(page: Page, least: number): Promise<string[][]> {
  await page.goto(`${base}/workflows`);
  const columns = ['Status', 'Workflow ID', 'WhetstoneOutcome'].map((label) => ({ label }));
  const stored = JSON.stringify(JSON.stringify({ default: columns }));
  await page.evaluate(`localStorage.setItem('namespace-workflow-table-columns', ${stored})`);
  await page.reload();
  const cells = () =>
    page.evaluate<string[][]>(
      `[...document.querySelectorAll('tbody tr')].map((row) =>
        [...row.querySelectorAll('[data-testid="workflows-summary-table-body-cell"]')].map((cell) => cell.innerText.trim()))`,
    );
  // While it loads, empty rows stand for those to come.
  const named = async () => (await cells()).filter(([, id]) => id);
  await expect.poll(async () => (await named()).length, { timeout: 60_000 }).toBeGreaterThanOrEqual(least);
  return named();
}

const addressOf = async (handle: Ended['handles'][string], tab: string) => {
  const { workflowId, runId } = await handle.describe();
  return `${base}/workflows/${encodeURIComponent(workflowId)}/${runId}/${tab}`;
};

/** The text under User Metadata, which the UI renders in frames of their own. */
async function pageOf(page: Page, handle: Ended['handles'][string]): Promise<string> {
  await page.goto(await addressOf(handle, 'user-metadata'));
  const details = page.locator('iframe').last().contentFrame().locator('body');
  await expect.poll(() => details.innerText().catch(() => ''), { timeout: 60_000 }).toMatch(/\w/);
  return details.innerText();
}

async function historyOf(page: Page, handle: Ended['handles'][string]): Promise<string> {
  await page.goto(await addressOf(handle, 'history'));
  await expect.poll(() => page.locator('body').innerText(), { timeout: 60_000 }).toContain('handbok');
  return page.locator('body').innerText();
}
