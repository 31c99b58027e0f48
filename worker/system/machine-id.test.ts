import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { machineId } from './machine-id.ts';

function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'whetstone-machine-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'state');
}

it('is the same for all workers of a state folder, also of two that start at once, and another elsewhere', async () => {
  const state = stateFolder();
  const ids = await Promise.all(Array.from({ length: 8 }, () => machineId(state)));
  expect(new Set(ids).size).toBe(1);
  expect(await machineId(state)).toBe(ids[0]);
  expect(ids[0]).toMatch(/-[0-9a-f]{8}$/);
  expect(ids[0]).toContain(hostname().replace(/[^\w.-]/g, '-'));
  expect(await machineId(stateFolder())).not.toBe(ids[0]);
});

it('is refused where the file holds something else', async () => {
  const state = stateFolder();
  await machineId(state);
  writeFileSync(join(state, 'machine-id'), 'gpu one');
  await expect(machineId(state)).rejects.toThrow(/machine-id: found 'gpu one', expected 8 hex digits/);
});
