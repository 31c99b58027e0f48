import { createHash } from 'node:crypto';
import { z } from 'zod';
import { askStructured, type Read } from '../providers/ask-structured.ts';
import type { ChatModel, ChatRequest } from '../providers/types.ts';
import type { Rubric } from './rubrics.ts';
import { JudgeReplyError, type Judge, type Subject } from './types.ts';

const ReplySchema = z.object({ reason: z.string(), label: z.string() });

/**
 * A judge that asks a model. The model picks one of the rubric's labels and gives its reason; the label's score is the rubric's.
 * A reply that cannot be read, or an unknown label, is sent back with what was wrong, at most twice.
 * @throws JudgeReplyError when the third reply is no better, or what the model's adapter throws
 */
export function createLlmJudge({ rubric, model }: { rubric: Rubric; model: ChatModel }): Judge {
  const name = `llm-${rubric.name}`;
  const version = versionOf(rubric, model);
  const schema = responseSchema(rubric);
  return {
    name,
    version,
    passScore: rubric.passScore,
    async judge(subject, signal) {
      const { result, tries } = await askStructured({
        model,
        request: judgementRequest(rubric, subject, schema),
        read: (text) => readReply(text, rubric),
        signal,
      });
      if (result.status === 'read') return { judge: name, version, ...result.value };
      throw new JudgeReplyError(
        `${model.provider}/${model.model} as judge '${name}': ${result.problem}, after ${tries} tries; use a model that follows JSON instructions`,
      );
    },
  };
}

/** The first request that a judge makes; the forecast of a run's cost makes it too. */
export function judgementRequest(rubric: Rubric, subject: Subject, schema = responseSchema(rubric)): ChatRequest {
  const content = `${fill(rubric.prompt, subject)}\n\n${instructions(rubric)}`;
  return { messages: [{ role: 'user', content }], temperature: 0, responseSchema: schema };
}

/** First 12 hex digits of the hash over prompt, labels and model: scores of two versions don't compare. */
function versionOf(rubric: Rubric, model: ChatModel): string {
  const made = [rubric.prompt, rubric.labels, instructions(rubric), model.provider, model.model];
  return createHash('sha256').update(JSON.stringify(made)).digest('hex').slice(0, 12);
}

/** Fills in each placeholder once, as a JSON string, so that an answer can neither close its quotes nor name a placeholder. */
function fill(prompt: string, subject: Subject): string {
  return prompt.replace(/\{\{\s*(question|answer|reference|context)\s*\}\}/g, (_, field: keyof Subject) =>
    JSON.stringify(subject[field] ?? '(none given)'),
  );
}

function instructions(rubric: Rubric): string {
  const labels = rubric.labels.map(({ label, meaning }) => `- "${label}": ${meaning}`).join('\n');
  return `Reply with JSON only: {"reason": "one or two sentences", "label": "one of the labels"}.\nLabels:\n${labels}`;
}

function responseSchema(rubric: Rubric) {
  return {
    name: 'judgement',
    schema: {
      type: 'object',
      properties: {
        reason: { type: 'string' },
        label: { type: 'string', enum: rubric.labels.map(({ label }) => label) },
      },
      required: ['reason', 'label'],
      additionalProperties: false,
    },
  };
}

/** Takes the reply's JSON, also out of a code fence or with words around it. */
function readReply(text: string, rubric: Rubric): Read<{ label: string; score: number; reason: string }> {
  const json = /\{[\s\S]*\}/.exec(text)?.[0];
  if (json === undefined) return { status: 'unread', problem: 'it holds no JSON object' };
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return {
      status: 'unread',
      problem: `its JSON does not parse (${error instanceof Error ? error.message : String(error)})`,
    };
  }
  const reply = ReplySchema.safeParse(value);
  if (!reply.success) {
    const issues = reply.error.issues.map((issue) => `${issue.path.join('.') || 'reply'}: ${issue.message}`);
    return { status: 'unread', problem: issues.join('; ') };
  }
  const chosen = rubric.labels.find(({ label }) => label === reply.data.label.trim());
  if (!chosen) {
    const known = rubric.labels.map(({ label }) => `"${label}"`).join(', ');
    return { status: 'unread', problem: `unknown label "${reply.data.label}"; expected one of ${known}` };
  }
  return { status: 'read', value: { label: chosen.label, score: chosen.score, reason: reply.data.reason } };
}
