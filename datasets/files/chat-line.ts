import type { Example } from '../../schema/data.ts';

/** An example as chat messages, after the system prompt where there is one. */
export function chatLine({ history, question, answer }: Example, systemPrompt: string) {
  const system = systemPrompt ? [{ role: 'system', content: systemPrompt }] : [];
  return {
    messages: [...system, ...history, { role: 'user', content: question }, { role: 'assistant', content: answer }],
  };
}

/** The better and the worse answer after the same messages, as TRL's DPO reads them; undefined where an example has none. */
export function preferenceLine({ history, question, preference }: Example, systemPrompt: string) {
  if (!preference) return undefined;
  const system = systemPrompt ? [{ role: 'system', content: systemPrompt }] : [];
  return {
    prompt: [...system, ...history, { role: 'user', content: question }],
    chosen: [{ role: 'assistant', content: preference.chosen }],
    rejected: [{ role: 'assistant', content: preference.rejected }],
    margin: preference.margin,
  };
}
