/** Server-sent events of a streamed chat completion. */

/**
 * Passes a stream of `data:` lines on as they come, each JSON value through `rewrite`. What is no JSON, such as [DONE],
 * passes as it is. When the source breaks off, the last event is `onBreak`'s, so that the client sees an error and not a
 * short answer.
 */
export function rewriteEvents(
  source: ReadableStream<Uint8Array>,
  {
    rewrite,
    rest: restOf = () => undefined,
    onBreak,
  }: {
    rewrite: (value: unknown) => unknown;
    /** What `rewrite` has held back, when all has come. */
    rest?: () => unknown;
    onBreak: (cause: unknown) => unknown;
  },
): ReadableStream<Uint8Array> {
  async function* lines(): AsyncGenerator<string> {
    try {
      const decoder = new TextDecoder();
      let rest = '';
      let ended = false;
      for await (const bytes of source) {
        const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n');
        rest = parts.pop() ?? '';
        for (const line of parts) {
          if (line.startsWith('data: [DONE]')) {
            ended = true;
            yield eventOf(restOf());
          }
          yield `${rewriteLine(line, rewrite)}\n`;
        }
      }
      if (rest) yield `${rewriteLine(rest, rewrite)}\n\n`;
      if (!ended) yield eventOf(restOf());
      // Some servers just close the stream; clients of the protocol wait for its last word.
      if (!ended) yield 'data: [DONE]\n\n';
    } catch (cause) {
      yield `\ndata: ${JSON.stringify(onBreak(cause))}\n\n`;
    }
  }
  return ReadableStream.from(lines()).pipeThrough(new TextEncoderStream());
}

const eventOf = (value: unknown): string => (value === undefined ? '' : `data: ${JSON.stringify(value)}\n\n`);

function rewriteLine(line: string, rewrite: (value: unknown) => unknown): string {
  const data = /^data:\s*(?=\{)(.*)$/.exec(line.trimEnd())?.[1];
  if (data === undefined) return line;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return line;
  }
  return `data: ${JSON.stringify(rewrite(value))}`;
}
