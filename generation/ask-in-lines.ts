import type { RunConfig } from '../configs/schema.ts';
import { IN_LINES, lineRequest, readFactLines, readWordings, rewordRequest } from './line-format.ts';
import type { FactRead, FactsRead } from './read-facts.ts';
import type { GenerationTask } from '../schema/data.ts';
import { askStructured, type Answer } from '../replies/ask-structured.ts';
import type { ChatModel } from '../contract/ports.ts';
import { LIMIT_FIELD, settingsOf } from './teacher-settings.ts';

/**
 * Asks a small model for a task's facts one by one, in lines: a call for each question with its answer, and one for its other
 * wordings. The first question that can't be had ends the task: the passage gave what it could.
 */
export async function askInLines(options: {
  config: RunConfig;
  teacher: ChatModel;
  task: GenerationTask;
  signal?: AbortSignal | undefined;
}): Promise<{ text: string; result: Answer<FactsRead>; unreadable: number }> {
  const { config, teacher, task, signal } = options;
  const { generation } = config;
  const settings = settingsOf(config);
  const facts: FactRead[] = [];
  const asked: string[] = [];
  let unreadable = 0;
  for (let n = 0; n < task.facts; n++) {
    const { reply, result, tries } = await askStructured({
      model: teacher,
      request: lineRequest(task, generation, { settings, asked }),
      read: (text) => readFactLines(text, task.kind),
      again: IN_LINES,
      limitField: LIMIT_FIELD,
      signal,
    });
    unreadable += result.status === 'read' ? tries - 1 : tries;
    if (result.status === 'unread') {
      if (n === 0) return { text: reply.text, result, unreadable };
      facts.push({ status: 'misfit', text: reply.text, problem: result.problem });
      break;
    }
    const [question = ''] = result.value.questions;
    // A model that has no more to ask asks the same again.
    if (asked.includes(question)) break;
    asked.push(question);
    const wordings = await otherWordings({ ...options, question, settings });
    facts.push({ status: 'read', fact: { ...result.value, questions: [question, ...wordings] } });
  }
  return { text: '', result: { status: 'read', value: { facts, skipped: [] } }, unreadable };
}

async function otherWordings(options: {
  teacher: ChatModel;
  task: GenerationTask;
  question: string;
  settings: ReturnType<typeof settingsOf>;
  signal?: AbortSignal | undefined;
}): Promise<string[]> {
  const { teacher, task, question, settings, signal } = options;
  const count = task.phrasings - 1;
  if (count < 1) return [];
  const { text } = await teacher.chat(rewordRequest(question, { count, sample: task.sample, settings }), signal);
  return [...new Set(readWordings(text))].filter((wording) => wording !== question).slice(0, count);
}
