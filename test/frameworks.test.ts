import { ChatOpenAI } from '@langchain/openai';
import { Document } from '@langchain/core/documents';
import { BaseRetriever } from '@langchain/core/retrievers';
import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { RetrieverQueryEngine } from '@llamaindex/core/query-engine';
import { getResponseSynthesizer } from '@llamaindex/core/response-synthesizers';
import { BaseRetriever as LlamaRetriever } from '@llamaindex/core/retriever';
import { MetadataMode, TextNode } from '@llamaindex/core/schema';
import { Settings } from '@llamaindex/core/global';
import { OpenAI as LlamaOpenAI } from '@llamaindex/openai';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryRetriever } from './fakes/memory-retriever.ts';
import { MODEL, startTestGateway, type TestGateway } from './support/gateway.ts';
import { openBookOf, passageOf } from './support/open-book.ts';

const cycle = passageOf('cycle.md#0', 'A menstrual cycle takes 28 days on average.', { place: 'page 3' });
const iron = passageOf('iron.md#0', 'Iron tablets can turn stools black.', { title: 'Iron', headings: ['Iron'] });
const rota = passageOf('rota.md#0', 'The midwife on call at night is Ann.', { groups: ['midwives'] });
const HOW_LONG = 'How long does a menstrual cycle take on average?';
const quote = { kind: 'quote', sentences: 2, rule: 1 } as const;

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startTestGateway({ retriever: memoryRetriever([iron, rota, cycle]) });
  await gateway.register(3, undefined, { ref: quote, openBook: openBookOf() });
});
afterEach(() => gateway.close());

const NAME = `${MODEL}@v3`;
const client = (apiKey = 'none') => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 });
const search = async (query: string, k = 2, apiKey?: string) =>
  (await client(apiKey).vectorStores.search(NAME, { query, max_num_results: k })).data;

describe("a version's index", () => {
  it('is searched by the official client, with where each passage stands', async () => {
    const [first] = await search(HOW_LONG);
    expect(first).toMatchObject({
      file_id: 'cycle.md',
      content: [{ type: 'text', text: cycle.text }],
      attributes: { passage_id: 'cycle.md#0', place: 'page 3', start: 0, end: cycle.text.length },
    });
  });

  it('finds only what whoever asks may see', async () => {
    const { token } = await gateway.registry.createAccessKey({
      subject: 'Ann',
      groups: ['midwives'],
      by: 'root',
      at: '2026-11-23T10:00:00Z',
    });
    const ids = async (apiKey?: string) => (await search('midwife on call', 3, apiKey)).map(({ file_id }) => file_id);
    expect(await ids()).not.toContain('rota.md');
    expect((await ids(token))[0]).toBe('rota.md');
  });

  it("refuses by name what it can't do, and a version without documents", async () => {
    const asked = (name: string, body: object) => gateway.post(`/v1/vector_stores/${name}/search`, body);
    const filters = { query: 'x', filters: { type: 'eq', key: 'a', value: 'b' } };
    for (const [name, body, status, words] of [
      [NAME, filters, 400, 'filters is not supported'],
      [NAME, { query: 'x', max_num_results: 51 }, 400, 'max_num_results'],
      [NAME, { query: 'x', rewrite_query: true }, 400, 'rewrite_query'],
      [NAME, { query: ['x', 'y'] }, 400, 'query'],
      [`${MODEL}@v1`, { query: 'x' }, 404, 'has no index to search'],
      ['nobody', { query: 'x' }, 404, 'nobody'],
    ] as const) {
      const reply = await asked(name, body);
      expect([reply.status, await reply.text()]).toEqual([status, expect.stringContaining(words)]);
    }
  });
});

/** As docs/how-to/use-from-other-tools.md has it. */
class WhetstoneRetriever extends BaseRetriever {
  lc_namespace = ['whetstone'];
  override async _getRelevantDocuments(query: string): Promise<Document[]> {
    return (await search(query)).map(
      ({ content, attributes, file_id }) =>
        new Document({ pageContent: content[0]!.text, metadata: { source: file_id, ...attributes } }),
    );
  }
}
const langchain = () =>
  new ChatOpenAI({ model: NAME, apiKey: 'none', configuration: { baseURL: `${gateway.url}/v1` }, maxRetries: 0 });

describe('LangChain', () => {
  it('has the index as its retriever, and the gateway as its model, whole and streaming', async () => {
    const [found] = await new WhetstoneRetriever().invoke(HOW_LONG);
    expect(found).toMatchObject({ pageContent: cycle.text, metadata: { source: 'cycle.md', place: 'page 3' } });
    expect((await langchain().invoke(HOW_LONG)).content).toContain('28 days');
    let streamed = '';
    for await (const { content } of await langchain().stream(HOW_LONG)) streamed += content as string;
    expect(streamed).toContain('28 days');
  });
});

describe('LangGraph', () => {
  it('runs a graph that retrieves, then asks', async () => {
    const State = Annotation.Root({
      question: Annotation<string>,
      sources: Annotation<string[]>,
      answer: Annotation<string>,
    });
    const graph = new StateGraph(State)
      .addNode('retrieve', async ({ question }) => ({
        sources: (await new WhetstoneRetriever().invoke(question)).map(({ metadata }) => metadata['source'] as string),
      }))
      .addNode('ask', async ({ question }) => ({ answer: (await langchain().invoke(question)).content as string }))
      .addEdge(START, 'retrieve')
      .addEdge('retrieve', 'ask')
      .addEdge('ask', END)
      .compile();
    const { sources, answer } = await graph.invoke({ question: HOW_LONG });
    expect(sources?.[0]).toBe('cycle.md');
    expect(answer).toContain('28 days');
  });
});

describe('LlamaIndex', () => {
  it('answers by a query engine over the index, with its sources', async () => {
    class Retriever extends LlamaRetriever {
      // Its own is protected.
      // oxlint-disable-next-line no-useless-constructor
      constructor() {
        super();
      }
      override async _retrieve({ query }: { query: unknown }) {
        return (await search(query as string)).map(({ content, attributes, score }) => ({
          node: new TextNode({ text: content[0]!.text, metadata: attributes ?? {} }),
          score,
        }));
      }
    }
    Settings.llm = new LlamaOpenAI({ model: NAME, apiKey: 'none', baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    const engine = new RetrieverQueryEngine(new Retriever(), getResponseSynthesizer('compact'));
    const { message, sourceNodes = [] } = await engine.query({ query: HOW_LONG });
    expect(message.content).toContain('28 days');
    expect(sourceNodes[0]?.node.getContent(MetadataMode.NONE)).toBe(cycle.text);
  });
});
