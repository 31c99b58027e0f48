import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import proto from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../support/scenarios.ts';
import { bundleOnce } from '../support/temporal.ts';

const { History } = proto.temporal.api.history.v1;
const folder = fileURLToPath(new URL('../histories/', import.meta.url));

describe('replay', () => {
  it('replays every committed history with the workflows as they are now', async () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
    expect(files.sort()).toEqual(
      Object.keys(SCENARIOS)
        .map((name) => `${name}.json`)
        .sort(),
    );
    const histories = files.map((file) => ({
      workflowId: file,
      history: History.fromObject(JSON.parse(readFileSync(folder + file, 'utf8')) as Record<string, unknown>),
    }));
    const replayed: string[] = [];
    const workflowBundle = await bundleOnce();
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
      expect(error, workflowId).toBeUndefined();
      replayed.push(workflowId);
    }
    expect(replayed).toHaveLength(files.length);
  }, 240_000);
});
