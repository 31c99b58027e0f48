import { askStructured, type Read } from '../providers/ask-structured.ts';
import type { ChatModel, ChatRequest } from '../providers/types.ts';
import { JudgeReplyError } from './types.ts';

/**
 * Asks a judge model until its reply can be read, at most three times.
 * @throws JudgeReplyError when the third reply is no better, or what the model's adapter throws
 */
export async function askJudgeModel<T>(options: {
  judge: string;
  model: ChatModel;
  request: ChatRequest;
  read: (text: string) => Read<T>;
  signal?: AbortSignal | undefined;
}): Promise<T> {
  const { judge, model, request, read, signal } = options;
  const { result, tries } = await askStructured({ model, request, read, signal });
  if (result.status === 'read') return result.value;
  throw new JudgeReplyError(
    `${model.provider}/${model.model} as judge '${judge}': ${result.problem}, after ${tries} tries; use a model that follows JSON instructions`,
  );
}
