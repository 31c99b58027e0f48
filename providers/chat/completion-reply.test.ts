import fc from '../../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import { toChatReply } from './completion-reply.ts';
import { ProviderError } from '../../contract/ports.ts';

const usage = { prompt_tokens: 600, completion_tokens: 1000 };
const reply = (message: unknown, finish_reason: string | null = 'stop') =>
  toChatReply({ choices: [{ message, finish_reason }], usage }, 'a model');

describe('a chat completion', () => {
  it.each<[string, unknown]>([
    ['a text', 'yes'],
    ['a list of parts', [{ type: 'text', text: 'yes' }]],
    [
      'parts with a list of thoughts',
      [
        { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
        { type: 'text', text: 'yes' },
      ],
    ],
    [
      'parts with a text of thoughts',
      [
        { type: 'thinking', thinking: 'hm' },
        { type: 'redacted_thinking', data: 'x' },
        { type: 'text', text: 'yes' },
      ],
    ],
    [
      'parts with a summary',
      [
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] },
        { type: 'output_text', text: 'yes' },
      ],
    ],
    [
      'two parts',
      [
        { type: 'text', text: 'y' },
        { type: 'text', text: 'es' },
      ],
    ],
    ['parts that are texts', ['y', 'es']],
  ])('gives its text, without thoughts, where its content is %s (F3)', (_, content) => {
    expect(reply({ content, reasoning_content: 'hm' })).toEqual({
      text: 'yes',
      finishReason: 'stop',
      inputTokens: 600,
      outputTokens: 1000,
    });
  });

  it.each<[string, unknown, string | null, string]>([
    ['cut off', { content: '{"a' }, 'length', 'length'],
    ['cut off, in other words', { content: '{"a' }, 'MAX_TOKENS', 'length'],
    ['cut off in its thoughts', { content: null, reasoning_content: 'hm' }, 'length', 'length'],
    ['nothing but thoughts', { content: '', reasoning_content: '{"a": 1}' }, 'stop', 'reasoning'],
    ['nothing but thoughts, as parts', { content: [{ type: 'thinking', thinking: 'hm' }] }, 'stop', 'reasoning'],
    ['a refusal', { content: null, refusal: 'no' }, 'stop', 'refusal'],
    ['a refusal as a part', { content: [{ type: 'refusal', refusal: 'no' }] }, 'stop', 'refusal'],
    ['filtered', { content: '' }, 'content_filter', 'content_filter'],
    ['filtered, in other words', { content: null }, 'SAFETY', 'content_filter'],
    ['a tool call', { content: null, tool_calls: [{ id: 't' }] }, 'tool_calls', 'tool_calls'],
    ['a tool call that says stop', { content: null, tool_calls: [{ id: 't' }] }, 'stop', 'tool_calls'],
    ['an old tool call', { content: null, function_call: { name: 'f' } }, 'function_call', 'tool_calls'],
    ['without a reason', { content: 'yes' }, null, 'stop'],
    ['with a reason of its own', { content: 'yes' }, 'end_turn', 'stop'],
  ])('says how it ended: %s (F14)', (_, message, said, finishReason) => {
    expect(reply(message, said).finishReason).toBe(finishReason);
  });

  it('takes the text of the older protocol', () => {
    expect(toChatReply({ choices: [{ text: 'yes', finish_reason: 'stop' }] }, 'a model').text).toBe('yes');
  });

  it.each<[unknown, [number, number]]>([
    [{ prompt_tokens: '12', completion_tokens: '7' }, [12, 7]],
    [{ prompt_tokens: 12.5, completion_tokens: -3 }, [13, 0]],
    [{ input_tokens: 12, output_tokens: 7 }, [12, 7]],
    [{ prompt_tokens: 12, total_tokens: 19 }, [12, 7]],
    [{ prompt_tokens: 'many', completion_tokens: null }, [0, 0]],
    [null, [0, 0]],
    ['19', [0, 0]],
  ])('counts what was used, however it is written: %j (F3)', (counts, [inputTokens, outputTokens]) => {
    const read = toChatReply({ choices: [{ message: { content: 'yes' } }], usage: counts }, 'a model');
    expect(read).toMatchObject({ inputTokens, outputTokens });
  });

  it('never throws anything but an error of the provider', () => {
    const any = fc.anything({ withNullPrototype: true });
    const body = fc.oneof(
      any,
      fc.record({ choices: fc.oneof(any, fc.array(fc.oneof(any, fc.record({ message: any })))), usage: any }),
    );
    fc.assert(
      fc.property(body, (found) => {
        const read = (): unknown => {
          try {
            return toChatReply(found, 'a model').text;
          } catch (error) {
            return error instanceof ProviderError ? '' : error;
          }
        };
        expect(typeof read()).toBe('string');
      }),
    );
  });
});
