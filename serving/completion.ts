import type { ChatBody } from './chat-body.ts';

/** Answers that no model server gives, in the protocol's shape. Pure. */

export interface Said {
  id: string;
  /** As it was asked for. */
  model: string;
  text: string;
  /** In seconds. */
  created: number;
  /** Beside the protocol's own fields. */
  beside: Record<string, unknown>;
}

/** No model read or wrote anything. */
const USAGE = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

export const completion = ({ id, model, text, created, beside }: Said) => ({
  id,
  object: 'chat.completion',
  created,
  model,
  choices: [
    { index: 0, message: { role: 'assistant', content: text, refusal: null }, logprobs: null, finish_reason: 'stop' },
  ],
  usage: USAGE,
  ...beside,
});

/** The same as a stream of events: what stands beside the answer is in its first chunk. */
export function completionEvents({ id, model, text, created, beside }: Said, body: ChatBody): string {
  const chunk = (choices: unknown[], more: Record<string, unknown> = {}) =>
    `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model, choices, ...more })}\n\n`;
  const choice = (delta: Record<string, unknown>, finished: string | null = null) => [
    { index: 0, delta, logprobs: null, finish_reason: finished },
  ];
  const options = body['stream_options'];
  const asksUsage = typeof options === 'object' && options !== null && 'include_usage' in options;
  return [
    chunk(choice({ role: 'assistant', content: '' }), beside),
    chunk(choice({ content: text })),
    chunk(choice({}, 'stop')),
    ...(asksUsage && (options as { include_usage: unknown }).include_usage === true
      ? [chunk([], { usage: USAGE })]
      : []),
    'data: [DONE]\n\n',
  ].join('');
}
