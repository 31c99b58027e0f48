import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registryActivities } from '../../activities/registry.ts';
import type { StagePolicy } from '../../configs/schema.ts';
import type { PromoteOutcome } from '../../contract/messages.ts';
import { DecideSignalSchema } from '../../contract/deciding.ts';
import { decide, evidenceOf, waitingPromotion } from '../../operations/decide.ts';
import { createKey } from '../../operations/identity/keys.ts';
import { signDecision } from '../../operations/identity/sign-decision.ts';
import { historyOf } from '../../operations/promotions/history.ts';
import { openRegistry, type OpenRegistry } from '../../registry/open.ts';
import type { Role } from '../../schema/identity.ts';
import { fakeActivities } from '../support/fake-activities.ts';
import { promotion, startPromotion, untilWaiting } from '../support/scenarios.ts';
import { startTestServer, withWorkers } from '../support/temporal.ts';

/** From the signer's key file to the alias: a real server, the real workflow, activities and registry. */

let env: TestWorkflowEnvironment;
let folder: string;
let opened: OpenRegistry;
const production: StagePolicy = { description: '', approvals: 0, evidence: ['evaluation'], fourEyes: true };

beforeAll(async () => {
  env = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'whetstone-signed-'));
  opened = await openRegistry({ url: join(folder, 'registry.db'), policies: { production } });
  const { evidence, gate } = promotion();
  const common = { model: 'demo', base: 'b', systemPrompt: '', sampling: { temperature: 0, maxTokens: 96 } };
  const at = new Date().toISOString();
  const ref = (sha256: string) => ({ uri: `file:///${sha256}`, sha256 });
  await opened.registry.registerVersion({ ...common, candidate: 'base', runId: 'b', ref: ref('b'), at });
  const tuned = { ...common, candidate: 'tuned', runId: 'r', ref: ref('t'), at };
  await opened.registry.registerVersion({ ...tuned, evidence: ref(evidence.sha256), gate });
}, 60_000);
afterAll(async () => {
  await opened?.close();
  await env?.teardown();
  await rm(folder, { recursive: true, force: true });
});

it('a promotion moves its alias by the signatures of two people, and by nothing less', async () => {
  const { registry } = opened;
  const { client } = env;
  const now = () => new Date().toISOString();
  const stages = () => Promise.resolve({ aliases: { production } });
  const ledger = { counts: () => Promise.reject(new Error('not asked')) };
  const activities = { ...fakeActivities().activities, ...registryActivities({ registry, ledger, stages, now }) };
  const keyOf = async (subject: string, role: Role = 'approver') =>
    (await createKey(registry, { subject, roles: [role], by: 'root' }, { XDG_CONFIG_HOME: folder })).file!;
  const [ada, bob, vic] = [await keyOf('Ada'), await keyOf('Bob'), await keyOf('Vic', 'viewer')];

  await withWorkers(env, activities, async () => {
    const handle = await startPromotion(env, { approvals: 0, incumbentVersion: null });
    await untilWaiting(handle);
    expect(await waitingPromotion(client)).toBe(handle.workflowId);
    expect(await handle.query('promotion')).toMatchObject({ approvalsNeeded: 2, signed: true });
    const about = { promotion: handle.workflowId, decision: 'approve' as const };
    const menu = JSON.stringify(await handle.query('__temporal_workflow_metadata'));
    expect(menu).toContain(`the line that this prints: npx whetstone approve ${handle.workflowId} --why`);
    expect(menu).toContain('Whom its rule lets: nobody.');
    expect(menu).not.toContain('your name\\", \\"why');
    const evidence = await evidenceOf(client, handle.workflowId, () => Promise.reject(new Error('not asked')));
    const sign = (keyFile: string, why = 'fine') => signDecision({ ...about, evidence, why, keyFile });
    const send = async (input: Awaited<ReturnType<typeof sign>>) => (await decide({ client, ...about, input })).text;

    await expect(send({ by: 'Ada', why: 'fine' })).rejects.toThrow(/production takes signed decisions only/);
    await expect(send(await sign(vic))).rejects.toThrow(/has the role viewer/);
    await expect(send({ ...(await sign(ada)), why: 'changed' })).rejects.toThrow(/something was changed/);
    const first = await sign(ada);
    expect(await send(first)).toBe('approved by Ada; 1 more needed');
    await expect(send(first)).rejects.toThrow(/Ada has already decided/);
    // As it is printed it is the input of the Update and of the Signal, and of no other Update.
    const printed = { decision: 'approve' as const, ...(await sign(bob)) };
    expect(DecideSignalSchema.parse(printed)).toEqual(printed);
    await expect(decide({ client, promotion: handle.workflowId, decision: 'reject', input: printed })).rejects.toThrow(
      /decision: found approve, expected reject: send it as that Update/,
    );
    expect(await send(printed)).toContain('approved by Bob');
    expect((await handle.result()) as PromoteOutcome).toMatchObject({ status: 'promoted', version: 2 });
    await expect(evidenceOf(client, 'promote/none', async () => undefined)).rejects.toThrow(
      /does not answer .*--evidence HASH/,
    );
  });
  const told = (await historyOf(registry, { model: 'demo' })).filter(({ what }) => what === 'decided');
  const signed = (name: string) =>
    expect.stringMatching(new RegExp(`approved by ${name} \\(signed by key [0-9a-f]{16}\\): fine`)) as string;
  expect(told.map(({ text }) => text)).toEqual([signed('Ada'), signed('Bob')]);
  expect((await registry.deployment('demo', 'production')).stable).toMatchObject({ version: 2 });
});
