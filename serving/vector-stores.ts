import { dayOf } from '../common/time-text.ts';
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { RetrievalError, type Retriever } from '../contract/retrieval.ts';
import type { Registry } from '../registry/store.ts';
import { passageText } from '../schema/passage-text.ts';
import type { FoundPassage } from '../schema/retrieval.ts';
import { bearerOf } from './bearer.ts';
import { respondError, type OpenAiError } from './openai-errors.ts';
import { parseBody } from './parse-body.ts';
import { resolveVersion } from './router.ts';

/** A version's index behind OpenAI's route to search a vector store, so that other tools retrieve what our own answers rest on. */

const MOST = 50;

const notDone = (field: string, why: string) =>
  z.undefined({ error: `${field} is not supported${why}; leave it out` }).optional();

const SearchBodySchema = z.strictObject({
  query: z.union([z.string().min(1), z.array(z.string().min(1)).length(1)]),
  max_num_results: z.number().int().min(1).max(MOST).default(10),
  ranking_options: z
    .strictObject({
      ranker: z.enum(['auto', 'none']).optional(),
      /** Of the cosine. */
      score_threshold: z.number().min(-1).max(1).optional(),
    })
    .optional(),
  rewrite_query: z
    .literal(false, { error: 'is done where a version answers, not in a search; leave it out' })
    .optional(),
  filters: notDone('filters', ': who may see a passage goes by the key'),
});

/** `POST /v1/vector_stores/MODEL[@alias|@vN]/search`: the passages that the version would find, for whoever asks. */
export function serveSearch(
  app: Hono,
  options: {
    registry: Pick<Registry, 'bearer' | 'deployment' | 'getVersion'>;
    retriever: Retriever | undefined;
    now: () => string;
  },
): void {
  const { registry, retriever, now } = options;
  app.post('/v1/vector_stores/:name/search', async (context) => {
    const parsed = parseBody(SearchBodySchema, await context.req.text());
    if ('error' in parsed) return respondError(context, parsed.error);
    const bearer = await bearerOf(context, registry, now());
    if ('error' in bearer) return respondError(context, bearer.error);
    const name = context.req.param('name');
    const { version } = await resolveVersion(registry, name);
    const { openBook } = version;
    if (!openBook) return respondError(context, closedBook(name));
    if (!retriever)
      throw new RetrievalError(`this gateway asks no index; ${name} answers from '${openBook.index.name}'`);
    const { query, max_num_results: k, ranking_options: ranking } = parsed.body;
    const [question] = [query].flat();
    const found = await retriever.retrieve({
      question: question!,
      index: openBook.index,
      k,
      ...(ranking?.ranker !== 'none' && openBook.reranker && { reranker: openBook.reranker }),
      ...(bearer.key?.groups && { groups: bearer.key.groups }),
      today: dayOf(now()),
    });
    const near = found.filter(({ cosine }) => cosine >= (ranking?.score_threshold ?? -1));
    return page(context, question!, near);
  });
}

function page(context: Context, query: string, found: readonly FoundPassage[]): Response {
  return context.json({
    object: 'vector_store.search_results.page',
    search_query: [query],
    data: found.map(({ passage, cosine }) => ({
      file_id: passage.documentId,
      filename: passage.title,
      score: cosine,
      attributes: {
        passage_id: passage.id,
        start: passage.start,
        end: passage.end,
        headings: passage.headings.join(' > '),
        ...(passage.place !== undefined && { place: passage.place }),
      },
      content: [{ type: 'text', text: passageText(passage) }],
    })),
    has_more: false,
    next_page: null,
  });
}

const closedBook = (name: string): OpenAiError => ({
  status: 404,
  code: 'no_index',
  message: `${name} answers from its weights alone: its version has no index to search; promote one of a config with retrieval`,
});
