import { createParser } from 'eventsource-parser';

/** Server-sent events of a streamed chat completion. */

const LAST_WORD = '[DONE]';

/**
 * Passes a stream of events on as they come, each JSON value through `rewrite`. What is no JSON, such as [DONE], and comments,
 * which keep a connection alive, pass as they are. When the source breaks off, the last event is `onBreak`'s, so that the client
 * sees an error and not a short answer.
 */
export function rewriteEvents(
  source: ReadableStream<Uint8Array>,
  {
    rewrite,
    rest: restOf = () => undefined,
    onBreak,
    onEnd = () => {},
  }: {
    rewrite: (value: unknown) => unknown;
    /** What `rewrite` has held back, when all has come. */
    rest?: () => unknown;
    onBreak: (cause: unknown) => unknown;
    /** When all has been sent, or nobody takes any more. */
    onEnd?: () => void;
  },
): ReadableStream<Uint8Array> {
  let ready: string[] = [];
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    const rest = restOf();
    if (rest !== undefined) ready.push(eventText({ data: JSON.stringify(rest) }));
  };
  const parser = createParser({
    onEvent: (event) => {
      if (event.data === LAST_WORD) end();
      ready.push(eventText({ ...event, data: rewritten(event.data, rewrite) }));
    },
    onComment: (comment) => void ready.push(`: ${comment}\n\n`),
  });
  const taken = () => {
    const text = ready.join('');
    ready = [];
    return text;
  };

  async function* texts(): AsyncGenerator<string> {
    try {
      const decoder = new TextDecoder();
      for await (const bytes of source) {
        parser.feed(decoder.decode(bytes, { stream: true }));
        yield taken();
      }
      // Some servers leave the last event open, and just close the stream; clients of the protocol wait for its last word.
      parser.feed('\n\n');
      if (!ended) {
        end();
        ready.push(eventText({ data: LAST_WORD }));
      }
      yield taken();
    } catch (cause) {
      yield eventText({ data: JSON.stringify(onBreak(cause)) });
    } finally {
      onEnd();
    }
  }
  return ReadableStream.from(texts()).pipeThrough(new TextEncoderStream());
}

function eventText({ event, id, data }: { event?: string | undefined; id?: string | undefined; data: string }): string {
  const lines = [
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...data.split('\n').map((line) => `data: ${line}`),
  ];
  return `${lines.join('\n')}\n\n`;
}

function rewritten(data: string, rewrite: (value: unknown) => unknown): string {
  if (!data.startsWith('{')) return data;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return data;
  }
  return JSON.stringify(rewrite(value));
}
