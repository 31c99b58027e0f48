import { ApplicationFailure } from '@temporalio/workflow';
import { promptServing } from '../../contract/open-book/of-run.ts';
import type { RegisterInputSchema } from '../../contract/version-messages.ts';
import type { RegisterModelInput } from '../../contract/version-stages.ts';
import * as activity from '../proxies.ts';

type Asked = ReturnType<typeof RegisterInputSchema.parse>;
/** What is written down, and in words where it comes from. */
export type Looked = Pick<RegisterModelInput, 'ref' | 'servedAs' | 'base'> & { notes: string[] };

/** A version as it is, but for what was asked: other numbers, another prompt, or quotes of its documents. */
export async function likeVersion({ like = '', quote, prompt, ...asked }: Asked): Promise<Looked> {
  const found = await activity.findVersion({ name: like });
  const { ref, base, servedAs } = found;
  const name = `${found.model}@v${found.version}`;
  const refuse = (message: string) => ApplicationFailure.nonRetryable(`like: found ${name}, ${message}`, 'version');
  const { systemPrompt = servedAs.systemPrompt, temperature = servedAs.temperature } = asked;
  const { maxTokens = servedAs.maxTokens } = asked;
  const { openBook } = servedAs;
  if (quote === undefined && prompt === undefined)
    return { ref, base, servedAs: { ...servedAs, systemPrompt, temperature, maxTokens }, notes: [`like ${name}`] };
  if (!openBook)
    throw refuse(
      'which has no index of documents; expected a version that answers from them: one of a run with `retrieval:`',
    );
  if (quote !== undefined) {
    const { examples: _ofItsModel, ...book } = openBook;
    const rule = { kind: 'quote', sentences: quote, rule: 1 } as const;
    return {
      ref: rule,
      base,
      servedAs: { ...servedAs, systemPrompt: '', openBook: book },
      notes: [`index of ${name}`],
    };
  }
  if (ref.kind === 'quote') throw refuse('which quotes and asks no model; expected one that is asked, such as a base');
  const read = await activity.readPrompt({ file: prompt!, template: openBook.prompt });
  const { file, sha256, madeBy, examples, notes } = read;
  return {
    ref,
    base,
    servedAs: promptServing({ ...servedAs, temperature, maxTokens, openBook }, read),
    notes: [`like ${name}`, `prompt ${file}, sha256 ${sha256}, by ${madeBy}, ${examples.length} demos`, ...notes],
  };
}
