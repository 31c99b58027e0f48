import { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toFailure } from '../../activities/failure.ts';
import { RunError } from '../../common/errors.ts';
import { withHeartbeat } from '../../activities/heartbeat.ts';
import { strike } from '../../activities/strikes.ts';
import type { Activities } from '../../contract/activities.ts';
import type { DocumentsResult, ShardInput } from '../../contract/dataset-stages.ts';
import { countItem, noFailures, type FailureCount } from '../../contract/failures.ts';
import { FAILED_ITEMS, type ImproveResult, type RunProgress } from '../../contract/messages.ts';
import { fakeActivities, fakeConfig } from '../support/fake-activities.ts';
import { failureOf, startImprove } from '../support/scenarios.ts';
import { startTestServer, withWorkers } from '../support/temporal.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => void (env = await startTestServer()), 60_000);
afterAll(() => env?.teardown());

/** The fake activities, of whose passages so many failed. */
function failing(failed: number): Activities {
  const fake = fakeActivities().activities;
  const makeExamples = async (input: ShardInput) => {
    const passages: FailureCount = noFailures('passages');
    for (let n = input.from; n < input.to; n++) {
      const where = `document kettles, passage kettles#${n}`;
      countItem(passages, n < failed ? { where, reason: 'refused', why: 'HTTP 400: no' } : undefined);
    }
    return { ...(await fake.makeExamples(input)), failures: [passages] };
  };
  return { ...fake, makeExamples };
}

describe('a run of which something fails', () => {
  it('goes on, and says at its end and on its page what was left out (F9)', async () => {
    await withWorkers(env, failing(1), async () => {
      const handle = await startImprove(env);
      const result = (await handle.result()) as ImproveResult;
      expect(result.failures).toEqual([
        '1 of 5 passages failed: 1 refused. It was document kettles, passage kettles#0 (refused: HTTP 400: no).',
      ]);
      const { failures } = await handle.query<RunProgress>('progress');
      expect(failures).toMatchObject([{ what: 'passages', tried: 5, failed: 1 }]);
    });
  });

  it('stops above limits.maxFailed, and says which failed (F9)', async () => {
    await withWorkers(env, failing(2), async () => {
      const failure = await failureOf(await startImprove(env));
      expect(failure.type).toBe(FAILED_ITEMS);
      expect(failure.message).toMatch(/2 of \d passages failed .*document kettles, passage kettles#0/);
    });
  });

  it('stops what is under way when it stops', async () => {
    const cancelled: number[] = [];
    const { activities } = fakeActivities({
      makeExamples: async ({ from }) => {
        if (from === 0) throw toFailure(new RunError(FAILED_ITEMS, 'too many failed'));
        const { cancellationSignal } = Context.current();
        const beat = setInterval(() => Context.current().heartbeat({}), 100);
        await new Promise((resolve) => cancellationSignal.addEventListener('abort', resolve));
        clearInterval(beat);
        cancelled.push(from);
        throw cancellationSignal.reason as Error;
      },
    });
    await withWorkers(env, activities, async () => {
      expect(await failureOf(await startImprove(env))).toMatchObject({
        type: FAILED_ITEMS,
        message: 'too many failed',
      });
    });
    expect(new Set(cancelled)).toEqual(new Set([2, 4]));
  });

  it('ends when an activity ended in a mistake of the program three times, on whatever worker (F27)', async () => {
    let attempts = 0;
    const broken: Activities = {
      ...fakeActivities().activities,
      readDocuments: async () => {
        attempts++;
        const about = { stage: 'documents', label: 'chunks' } as const;
        // Its own heartbeats do not hide how often it has failed.
        return withHeartbeat(about, () => Promise.reject<DocumentsResult>(new TypeError("reading 'tags'"))).catch(
          (error: unknown) => {
            throw strike('reading the documents', error);
          },
        );
      },
    };
    await withWorkers(env, broken, async () => {
      const failure = await failureOf(await startImprove(env));
      expect(failure.message).toMatch(/^reading the documents failed 3 times, and is not tried again: TypeError/);
    });
    expect(attempts).toBe(3);
  });

  it('tries its models first, goes on where one writes badly, and shows what it wrote (F34)', async () => {
    const probed: string[] = [];
    const { activities } = fakeActivities({
      resolveConfig: async () => ({
        config: fakeConfig(),
        configHash: 'c'.repeat(64),
        source: 'configs/demo.yaml',
        batched: false,
        remoteModels: 2,
      }),
      probeModels: async ({ runId, config }) => {
        probed.push(`${config.name} ${runId.length}`);
        return [
          {
            use: 'teacher',
            model: 'openai/small',
            status: 'unread',
            why: 'It replied: "Sure!". Likely cause: too small',
          },
          { use: 'judge llm-faithfulness', model: 'openai/large', status: 'read' },
        ];
      },
    });
    await withWorkers(env, activities, async () => {
      const handle = await startImprove(env);
      await handle.result();
      const { warnings, stages } = await handle.query<RunProgress>('progress');
      expect(warnings).toEqual([
        'openai/small as teacher: its reply to a first small request can\'t be read. It replied: "Sure!". Likely cause: too small',
      ]);
      expect(stages.find(({ name }) => name === 'documents')?.summary).toContain(
        '1 of 2 models answered a first request',
      );
    });
    expect(probed).toHaveLength(1);
  });

  it('asks nothing first where no model is behind a network', async () => {
    const { activities, calls } = fakeActivities();
    await withWorkers(env, activities, async () => (await startImprove(env)).result());
    expect(calls).not.toContain('probeModels');
  });
});
