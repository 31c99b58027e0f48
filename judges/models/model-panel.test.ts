import { describe, expect, it } from 'vitest';
import { scriptedModel } from '../../test/fakes/scripted-model.ts';
import { createLlmJudge } from './llm.ts';
import { createModelPanel } from './model-panel.ts';
import { runPanel } from '../panel.ts';
import { loadRubric } from '../rubrics.ts';

const rubric = loadRubric('faithfulness');
const subject = { question: 'How long?', answer: 'Seven days.', context: 'It keeps seven days.' };
const says = (label: string, name: string) =>
  createLlmJudge({ rubric, model: scriptedModel([`{"reason": "r", "label": "${label}"}`], name), name });
const panel = (labels: string[], quorum?: number) =>
  createModelPanel({
    name: 'panel-faithfulness',
    judges: labels.map((label, i) => says(label, `model-${i}`)),
    ...(quorum !== undefined && { quorum }),
  });

describe('a panel of judge models', () => {
  it('passes what more than half pass, says who disagrees, and keeps each vote', async () => {
    const verdict = await runPanel({ judges: [panel(['supported', 'unsupported', 'supported'])], subject });
    expect(verdict).toMatchObject({
      decision: 'keep',
      judgements: [
        {
          judge: 'panel-faithfulness',
          label: 'disagreed',
          score: 2 / 3,
          reason: '2 of 3 pass, 2 needed (model-0: supported; model-1: unsupported; model-2: supported)',
        },
        { judge: 'model-0', score: 1 },
        { judge: 'model-1', score: 0 },
        { judge: 'model-2', score: 1 },
      ],
    });
  });

  it('rejects what fewer than the quorum pass, by the name of the panel', async () => {
    const verdict = await runPanel({ judges: [panel(['supported', 'unsupported', 'supported'], 3)], subject });
    expect(verdict).toMatchObject({ decision: 'reject', reasons: ['panel-faithfulness'] });
  });

  it('says when all agree', async () => {
    expect((await panel(['supported', 'supported']).judge(subject)).label).toBe('agreed');
  });

  it('counts a model without a usable reply as one that does not pass', async () => {
    const verdict = await runPanel({ judges: [panel(['supported', 'nonsense', 'supported'])], subject });
    expect(verdict.decision).toBe('keep');
    expect(verdict.judgements[2]).toMatchObject({ judge: 'model-1', label: 'unparseable', score: 0 });
  });

  it('has another version with another quorum or another model', () => {
    const versions = [panel(['supported', 'supported']), panel(['supported', 'supported'], 1), panel(['a', 'b', 'c'])];
    expect(new Set(versions.map(({ version }) => version)).size).toBe(3);
  });
});
