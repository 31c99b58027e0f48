import { describe, expect, it } from 'vitest';
import { rewriteEvents } from './sse.ts';

/** What clients get of a source that sends these pieces, and breaks off after them where it is told to. */
async function sent(pieces: string[], { breaks = false, rest }: { breaks?: boolean; rest?: unknown } = {}) {
  async function* source() {
    for (const piece of pieces) yield Promise.resolve(new TextEncoder().encode(piece));
    if (breaks) throw new Error('reset');
  }
  const events = rewriteEvents(ReadableStream.from(source()), {
    rewrite: (value) => ({ ...(value as object), seen: true }),
    rest: () => rest,
    onBreak: (cause) => ({ error: (cause as Error).message }),
  });
  return new Response(events).text();
}

describe('a stream of events', () => {
  it('passes as it comes, JSON rewritten, however it is cut', async () => {
    const text = 'data: {"a":"ü"}\n\ndata: [DONE]\n\n';
    const expected = 'data: {"a":"ü","seen":true}\n\ndata: [DONE]\n\n';
    for (let at = 1; at < text.length; at++) expect(await sent([text.slice(0, at), text.slice(at)])).toBe(expected);
  });

  it('may have other line ends, no space after the colon, names, ids and comments', async () => {
    expect(await sent([': ping\n\n', 'event: chunk\r\nid: 7\r\ndata:{"a":1}\r\n\r\n', 'data: [DONE]\n\n'])).toBe(
      ': ping\n\nevent: chunk\nid: 7\ndata: {"a":1,"seen":true}\n\ndata: [DONE]\n\n',
    );
  });

  it('that just ends gets what was held back, and the last word', async () => {
    expect(await sent(['data: {"a":1}\n\ndata: {"b":2}'], { rest: { held: 'back' } })).toBe(
      'data: {"a":1,"seen":true}\n\ndata: {"b":2,"seen":true}\n\ndata: {"held":"back"}\n\ndata: [DONE]\n\n',
    );
  });

  it('tells what was held back before the last word', async () => {
    expect(await sent(['data: [DONE]\n\n'], { rest: { held: 1 } })).toBe('data: {"held":1}\n\ndata: [DONE]\n\n');
  });

  it('that breaks off ends with the error, and nothing of the event that it cut', async () => {
    expect(await sent(['data: {"a":1}\n\ndata: {"b"'], { breaks: true })).toBe(
      'data: {"a":1,"seen":true}\n\ndata: {"error":"reset"}\n\n',
    );
  });

  it('passes what is no JSON as it is', async () => {
    expect(await sent(['data: {oops\n\ndata: [DONE]\n\n'])).toBe('data: {oops\n\ndata: [DONE]\n\n');
  });
});
