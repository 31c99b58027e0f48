import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resolvePaths } from '../paths.ts';
import { loadWebhooks } from './load.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-webhooks-'));
  await mkdir(join(folder, 'configs'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function load(text: string) {
  await writeFile(join(folder, 'configs', 'webhooks.yaml'), text);
  return loadWebhooks(folder);
}
const one = (fields: string) => load(`webhooks:\n  team:\n${fields.replace(/^/gm, '    ')}`);
const RIGHT = 'url: https://example.com/hook\nsecretEnv: SECRET\nevents: [approval.wanted]';

it('names nobody as it is shipped', async () => {
  expect(await loadWebhooks(resolvePaths({}).projectRoot)).toEqual({});
});

it('gives each webhook with its defaults', async () => {
  expect(await one(RIGHT)).toEqual({
    team: { url: 'https://example.com/hook', secretEnv: 'SECRET', events: ['approval.wanted'], deadAfterHours: 24 },
  });
});

it.each([
  ['an event that is none', RIGHT.replace('wanted', 'wantd'), /events.*'approval.wantd'.*approval\.wanted/],
  [
    'an event that there will be',
    RIGHT.replace('approval.wanted', 'canary.harmed'),
    /webhooks\.team\.events\[0\]: found "canary\.harmed"; there are no canaries yet.*leave it out/,
  ],
  ['no events', RIGHT.replace('[approval.wanted]', '[]'), /webhooks\.team\.events/],
  ['an address with a password', RIGHT.replace('//', '//me:hunter2@'), /url.*without a password/],
  ['an address of something else', RIGHT.replace('https:', 'ftp:'), /url.*an address such as https/],
  ['no address', RIGHT.replace(/^url.*\n/, ''), /expected one of url and urlEnv/],
  ['two addresses', `${RIGHT}\nurlEnv: WHERE`, /expected one of url and urlEnv/],
  ['a secret in the file', RIGHT.replace('SECRET', 'whsec_abc+/='), /secretEnv.*environment variable/],
  ['a field that is none', `${RIGHT}\nsecret: x`, /unknown field 'secret'|secret/],
])('refuses %s by name', async (_what, fields, message) => {
  await expect(one(fields)).rejects.toThrow(message);
  await expect(one(fields)).rejects.not.toThrow(/hunter2/);
});
