import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { resolvePaths } from '../configs/paths.ts';
import { connectClient, readRunning } from '../operations/connection.ts';

/**
 * Takes the pictures of docs/images from a running system: `npm start` in one terminal, `npm run docs:images` in another.
 * Needs a Chromium, at CHROMIUM or where Debian puts it.
 */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(executablePath))
  throw new Error(`no Chromium at ${executablePath}; name one: CHROMIUM=/path/to/chromium`);
const running = readRunning(resolvePaths(process.env).running);
if (!running?.temporalUi) throw new Error('no embedded system runs here; start one with npm start');

const { client, connection } = await connectClient({ ...process.env, TEMPORAL_ADDRESS: running.temporalAddress });
const runs = client.workflow.list({ query: 'WorkflowType = "improveModel" AND ExecutionStatus = "Completed"' });
const { value: run } = await runs[Symbol.asyncIterator]().next();
await connection.close();
if (!run) throw new Error('no run has ended yet; wait for one');

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking'] });
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1150 } });
  const workflow = `${encodeURIComponent(run.workflowId)}/${run.runId}`;
  await page.goto(`${running.temporalUi}/namespaces/${running.namespace}/workflows/${workflow}/user-metadata`);
  // The UI renders markdown in a frame of its own.
  const details = page.locator('iframe[src*="Improving"]');
  await details.contentFrame().getByText('Improving').first().waitFor();
  await page.screenshot({ path: fileURLToPath(new URL('../docs/images/temporal-ui.png', import.meta.url)) });
} finally {
  await browser.close();
}
