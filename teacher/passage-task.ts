import type { ChatRequest } from '../contract/ports.ts';
import { ProviderError } from '../contract/ports.ts';

/** What a generation request asks for, as the built-in teacher needs it. */
export interface PassageTask {
  passage: string;
  /** The document's title, then the headings down to the passage. */
  path: string[];
  facts: number;
  phrasings: number;
}

/**
 * The task in the last user message. Numbers are read after the passage only: what a passage says is data.
 * @throws ProviderError of kind bad-request where the message is no generation request
 */
export function readTask(request: ChatRequest): PassageTask {
  const content = request.messages.findLast((message) => message.role === 'user')?.content ?? '';
  const open = /<passage(?: title="([^"]*)")?[^>]*>\n?/.exec(content);
  const close = content.lastIndexOf('</passage>');
  const task = content.slice(close);
  const facts = /^facts: (\d+)$/m.exec(task)?.[1];
  const count = /^phrasings: (\d+)$/m.exec(task)?.[1];
  if (!open || close < open.index + open[0].length || !facts || !count) {
    throw new ProviderError(
      'bad-request',
      'builtin/sentence-rules-4: the user message is no generation request: expected <passage>...</passage> and the lines ' +
        '"facts: N" and "phrasings: M"; make it with generationRequest, or name another teacher for other work',
    );
  }
  return {
    passage: content.slice(open.index + open[0].length, close),
    path: (open[1] ?? '').split(' / ').map((part) => part.trim()),
    facts: Number(facts),
    phrasings: Number(count),
  };
}
