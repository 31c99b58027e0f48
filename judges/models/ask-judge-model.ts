import { askStructured } from '../../replies/ask-structured.ts';
import type { Read } from '../../replies/reply-json.ts';
import type { ChatModel, ChatRequest } from '../../contract/ports.ts';
import { JudgeReplyError } from '../types.ts';

/**
 * Asks a judge model until its reply can be read, at most three times.
 * @throws JudgeReplyError when the third reply is no better, or what the model's adapter throws
 */
export async function askJudgeModel<T>(options: {
  judge: string;
  model: ChatModel;
  request: ChatRequest;
  read: (text: string) => Read<T>;
  /** How to reply, said with what was wrong. */
  again?: string;
  signal?: AbortSignal | undefined;
}): Promise<T> {
  const { judge, model, request, read, again, signal } = options;
  const { result, tries } = await askStructured({
    model,
    request,
    read,
    ...(again !== undefined && { again }),
    signal,
  });
  if (result.status === 'read') return result.value;
  const { cause, problem } = result;
  const advice =
    cause === 'unparseable' ? '; use a model that follows instructions, or format: lines where it can be set' : '';
  const after = tries === 1 ? '' : `, after ${tries} tries`;
  throw new JudgeReplyError(`${model.provider}/${model.model} as judge '${judge}': ${problem}${after}${advice}`, cause);
}
