import { leadingThoughts } from '../providers/thoughts.ts';

/** Where a reasoning model's thoughts go in a whole answer: as vLLM and its clients have it, not into `content`. Pure. */

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
