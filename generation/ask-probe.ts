import type { ProbeResult, RunTerms } from '../contract/dataset-stages.ts';
import { isFailure } from '../contract/failures.ts';
import { ProviderError } from '../contract/ports.ts';
import { itemFailure } from '../failures/item-failure.ts';
import type { Keys } from '../providers/chat/api-key.ts';
import { createEmbeddingModel } from '../providers/embedding/embedding.ts';
import { createChatModel } from '../providers/index.ts';
import type { Ledger } from '../providers/ledger/ledger.ts';
import { describeUnread } from '../replies/first-replies.ts';
import type { Probe } from './probe-questions.ts';

/**
 * Asks one model one small thing. A key or a model that is refused is thrown, for no run can go on with it; a reply that can't be
 * read, or a request that is refused, is told, for the run may still go well.
 */
export async function askProbe(options: {
  probe: Probe;
  terms: RunTerms;
  dependencies: { ledger: Ledger; keys: Keys };
  signal: AbortSignal;
}): Promise<ProbeResult> {
  const { probe, terms, dependencies, signal } = options;
  const { ledger, keys } = dependencies;
  const { spec, use } = probe;
  const asked = { use, model: `${spec.provider}/${spec.model}` };
  try {
    // By itself, also where the run's calls go out in batches: a batch may take a day.
    const unread =
      probe.kind === 'embedding'
        ? await probe.ask(ledger.wrapEmbedding(createEmbeddingModel(spec, keys), terms), signal)
        : await probe.ask(ledger.wrap(createChatModel(spec, keys), terms), signal);
    if (!unread) return { ...asked, status: 'read' };
    if (isFailure(unread.cause)) return { ...asked, status: 'refused', why: unread.problem };
    return { ...asked, status: 'unread', why: describeUnread(unread) };
  } catch (error) {
    const failure = signal.aborted || !(error instanceof ProviderError) ? undefined : itemFailure(error);
    if (!failure) throw error;
    return { ...asked, status: 'refused', why: failure.why };
  }
}
