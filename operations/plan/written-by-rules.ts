import { likelyImports } from '../../generation/tasks/first-tasks.ts';
import type { PairToImport } from '../../generation/imports/read-imports.ts';
import type { RunConfig } from '../../configs/schema.ts';
import { generationRequest } from '../../generation/request.ts';
import { parseGeneration } from '../../generation/parse.ts';
import { pause } from '../../common/pause.ts';
import { planTasks } from '../../generation/tasks/plan-tasks.ts';
import type { Chunk, GenerationTask } from '../../schema/data.ts';
import { createBuiltinTeacher } from '../../teacher/model.ts';
import type { ChatReply } from '../../contract/ports.ts';
import { roundsOf } from '../../contract/shards.ts';
import type { Generated } from './further.ts';

/** Passages that the built-in teacher is tried on: a second or two of work. */
const MOST_DERIVED = 1000;
/** How far such a sample may be off, as a share. */
export const SAMPLING = 0.2;

/**
 * Rules cost nothing, and say now what they will say then, round by round; of very many passages some tell about the rest. What the
 * judges will say of it is not asked.
 */
export async function writtenByRules(options: {
  config: RunConfig;
  tasks: GenerationTask[];
  chunks: readonly Chunk[];
  imports: readonly PairToImport[];
}): Promise<Pick<Generated, 'pairs' | 'coming' | 'share'>> {
  const { config, chunks, imports } = options;
  const { generation, seed } = config;
  const teacher = createBuiltinTeacher();
  const ask = async (tasks: readonly GenerationTask[]) => {
    const pairs: Generated['pairs'] = [];
    for (const task of tasks) {
      // A passage that they stumble over becomes a reject of the run; it gives no pairs here.
      const reply = await teacher.chat(generationRequest(task, generation, {})).catch(() => undefined);
      pairs.push(...pairsOf(reply, task));
      await pause();
    }
    return pairs;
  };
  let { tasks } = options;
  const step = Math.max(1, Math.ceil(tasks.length / MOST_DERIVED));
  const some = tasks.filter((_, i) => i % step === 0);
  const pairs = await ask(some);
  if (step > 1) {
    const share = some.length / tasks.length;
    const rest = pairs.length * (1 / share - 1);
    return { pairs, coming: { low: rest * (1 - SAMPLING), high: rest * (1 + SAMPLING) }, share };
  }
  const asked = [...tasks];
  for (let sample = 1; sample < roundsOf(config); sample++) {
    const accepted = [...likelyImports(config, imports), ...pairs.map(({ pair }) => pair)];
    const plan = planTasks({ chunks, generation, accepted, sample, seed, asked, free: true });
    // A round of very many is left to the run.
    if (plan.tasks.length > MOST_DERIVED) break;
    ({ tasks } = plan);
    const found = await ask(tasks);
    if (found.length === 0 && plan.fresh === 0) break;
    asked.push(...tasks);
    pairs.push(...found);
  }
  return { pairs, coming: { low: 0, high: 0 }, share: 1 };
}

/** What a reply to a task makes; nothing where there is none. */
export function pairsOf(reply: ChatReply | undefined, task: GenerationTask): Generated['pairs'] {
  return reply ? parseGeneration({ reply: reply.text, task, teacher: '' }).pairs.map((pair) => ({ pair, task })) : [];
}
