import { z } from 'zod';
import type { Rubric } from '../../configs/judge-schema.ts';
import type { ChatModel, ChatRequest } from '../../contract/ports.ts';
import { answeredByPassage } from '../applies.ts';
import { askJudgeModel } from './ask-judge-model.ts';
import { LABEL_FIRST, labelInstructions, labelReader, labelRequest } from './label-line.ts';
import type { Judge, Subject } from '../types.ts';
import { fieldsOf, isRecord, knownWord, readJson, type Read } from '../../replies/reply-json.ts';
import { versionOf } from '../version.ts';

/**
 * A judge that asks a model. The model picks one of the rubric's labels and gives its reason; the label's score is the rubric's.
 * A reply that cannot be read, or an unknown label, is sent back with what was wrong, at most twice.
 * @throws JudgeReplyError when the third reply is no better, or what the model's adapter throws
 */
export function createLlmJudge(options: {
  rubric: Rubric;
  model: ChatModel;
  name?: string;
  /** How the model is to reply: `lines` for small ones. */
  format?: 'json' | 'lines';
}): Judge {
  const { rubric, model, name, format = 'json' } = options;
  const inLines = format === 'lines';
  const judge = name ?? `llm-${rubric.name}`;
  const { range, direction, kinds } = rubric;
  const scaled = (score: number) => toUnit(score, rubric);
  const version = versionOf([
    rubric.prompt,
    rubric.labels.map(({ label, meaning, score }) => ({ label, meaning, score: scaled(score) })),
    inLines ? labelInstructions(rubric) : instructions(rubric),
    model.provider,
    model.model,
    // Where it passes is part of what people are compared with.
    scaled(rubric.passScore),
  ]);
  const schema = responseSchema(rubric);
  const read = inLines ? labelReader(rubric) : judgementReader(rubric);
  const readsPassage = /\{\{\s*context/.test(rubric.prompt);
  const requestOf = (subject: Subject) =>
    inLines ? labelRequest(rubric, fill(rubric.prompt, subject)) : judgementRequest(rubric, subject, schema);
  return {
    name: judge,
    version,
    scale: { range, direction },
    passScore: scaled(rubric.passScore),
    applies: (subject) =>
      kinds
        ? kinds.includes(subject.kind ?? 'factual') && (subject.context !== undefined || !readsPassage)
        : answeredByPassage(subject) || !readsPassage,
    calls: (subject) => [{ model, request: requestOf(subject), sure: true }],
    async judge(subject, signal) {
      const { label, score, reason } = await askJudgeModel({
        judge,
        model,
        request: requestOf(subject),
        read,
        ...(inLines && { again: LABEL_FIRST }),
        signal,
      });
      return { judge, version, label, score: scaled(score), reason };
    },
  };
}

/** A score of the rubric's range as 0 (worst) to 1 (best). */
function toUnit(score: number, { range: [low, high], direction }: Rubric): number {
  return (direction === 'higher' ? score - low : high - score) / (high - low);
}

/** The first request that a judge makes; the forecast of a run's cost makes it too. */
export function judgementRequest(rubric: Rubric, subject: Subject, schema = responseSchema(rubric)): ChatRequest {
  const content = `${fill(rubric.prompt, subject)}\n\n${instructions(rubric)}`;
  return { messages: [{ role: 'user', content }], temperature: 0, responseSchema: schema };
}

/** Fills in each placeholder once, as JSON, so that an answer can neither close its quotes nor name a placeholder. */
export function fill(prompt: string, subject: Subject): string {
  return prompt.replace(/\{\{\s*(question|answer|reference|context|history)\s*\}\}/g, (_, field: keyof Subject) =>
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

/** Reads a reply's label, and takes its score from the rubric. Labels are compared without case; a reason may be left out. */
export function judgementReader({
  labels,
}: Rubric): (text: string) => Read<{ label: string; score: number; reason: string }> {
  const names = labels.map(({ label }) => label);
  const known = names.map((label) => `"${label}"`).join(', ');
  const schema = z.object({
    reason: z.string(),
    label: z.string().refine((label) => names.includes(label), {
      error: ({ input }) => `unknown label "${String(input)}"; expected one of ${known}`,
    }),
  });
  const mend = (value: unknown): unknown => {
    if (!isRecord(value)) return value;
    const { reason, label } = fieldsOf(value, ['reason', 'label']);
    const reasons = Array.isArray(reason) ? reason.join(' ') : (reason ?? 'no reason given');
    return { reason: reasons, label: knownWord(label, names) ?? label };
  };
  return (text) => {
    const read = readJson(text, schema, mend);
    if (read.status === 'unread') return read;
    const { label, reason } = read.value;
    return { status: 'read', value: { label, reason, score: labels.find((one) => one.label === label)!.score } };
  };
}
