import type { Example } from './schema.ts';

/** An example as chat messages, after the system prompt where there is one. */
export function chatLine({ history, question, answer }: Example, systemPrompt: string) {
  const system = systemPrompt ? [{ role: 'system', content: systemPrompt }] : [];
  return {
    messages: [...system, ...history, { role: 'user', content: question }, { role: 'assistant', content: answer }],
  };
}
