import { z } from 'zod';
import { leadingThoughts, thoughtSplitter, type Split } from '../replies/thoughts.ts';

/** Where a reasoning model's thoughts go in an answer: as vLLM and its clients have it, not into `content`. Pure. */

interface Message {
  [field: string]: unknown;
}

/**
 * A message with its thoughts in `reasoning_content` and its answer alone in `content`, which is null where it was cut off before that.
 * What the model server has told apart itself stays as it is.
 * @param opened whether the prompt may have ended with the mark that opens thoughts
 */
export function withReasoning<T extends Message>(message: T, opened: boolean): T {
  const { content } = message;
  const parts = typeof content === 'string' ? leadingThoughts(content, opened) : undefined;
  if (!parts) return message;
  const { thoughts, text } = parts;
  const told = message['reasoning_content'] ?? message['reasoning'];
  return {
    ...message,
    content: text === '' ? null : text,
    ...(told == null && thoughts !== '' && { reasoning_content: thoughts }),
  };
}

const ChunkSchema = z.looseObject({
  choices: z.array(z.looseObject({ index: z.number().default(0), delta: z.looseObject({}) })),
});

/**
 * The same for a stream: `rewrite` takes each chunk, `rest` gives a last one where the stream ended with something held back. Thoughts
 * that the prompt opened can't be told before they close, and stay in `content`.
 */
export function reasoningStream(): { rewrite: (chunk: unknown) => unknown; rest: () => unknown } {
  const splitters = new Map<number, ReturnType<typeof thoughtSplitter>>();
  let last: z.infer<typeof ChunkSchema> | undefined;
  const rewrite = (value: unknown): unknown => {
    const chunk = ChunkSchema.safeParse(value).data;
    if (!chunk) return value;
    last = chunk;
    return { ...chunk, choices: chunk.choices.map((choice) => ({ ...choice, delta: deltaOf(choice) })) };
  };
  const deltaOf = ({ index, delta, finish_reason: finished }: z.infer<typeof ChunkSchema>['choices'][number]) => {
    const { content, ...more } = delta;
    const splitter = splitters.get(index) ?? thoughtSplitter();
    splitters.set(index, splitter);
    const said = typeof content === 'string' ? splitter.push(content) : { thoughts: '', text: '' };
    const ended = finished == null ? { thoughts: '', text: '' } : splitter.end();
    if (typeof content !== 'string' && ended.thoughts + ended.text === '') return delta;
    return { ...more, ...partsOf({ thoughts: said.thoughts + ended.thoughts, text: said.text + ended.text }) };
  };
  const rest = (): unknown => {
    const choices = [...splitters].flatMap(([index, splitter]) => {
      const held = splitter.end();
      return held.thoughts + held.text === '' ? [] : [{ index, delta: partsOf(held), finish_reason: null }];
    });
    return choices.length > 0 ? { ...last, choices } : undefined;
  };
  return { rewrite, rest };
}

const partsOf = ({ thoughts, text }: Split) =>
  thoughts === '' ? { content: text } : { reasoning_content: thoughts, ...(text !== '' && { content: text }) };
