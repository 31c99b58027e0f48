import { createEmbeddingModel } from '../providers/embedding/embedding.ts';
import { createChatModel } from '../providers/index.ts';
import { ProviderError } from '../contract/ports.ts';
import type { Dependencies } from './dependencies.ts';
import { describeUnread } from '../replies/first-replies.ts';
import { withHeartbeat } from './heartbeat.ts';
import { itemFailure } from '../failures/item-failure.ts';
import { probesOf, type Probe } from '../generation/probe-questions.ts';
import { isFailure } from '../contract/failures.ts';
import type { Activities, ProbeResult, RunTerms } from '../contract/activities.ts';

/**
 * Asks each model of a config one small thing before anything is made with it. A key or a model that is refused fails the run at
 * once; a reply that can't be read, or a request that is refused, is told, for the run may still go well.
 */
export function probeActivities({ ledger, keys }: Dependencies): Pick<Activities, 'probeModels'> {
  const ask = async (probe: Probe, terms: RunTerms, signal: AbortSignal): Promise<ProbeResult> => {
    const { spec, use } = probe;
    const asked = { use, model: `${spec.provider}/${spec.model}` };
    try {
      const { runId, fresh, budget } = terms;
      const paid = { runId, fresh, budget };
      // By itself, also where the run's calls go out in batches: a batch may take a day.
      const unread =
        probe.kind === 'embedding'
          ? await probe.ask(ledger.wrapEmbedding(createEmbeddingModel(spec, keys), paid), signal)
          : await probe.ask(ledger.wrap(createChatModel(spec, keys), paid), signal);
      if (!unread) return { ...asked, status: 'read' };
      if (isFailure(unread.cause)) return { ...asked, status: 'refused', why: unread.problem };
      return { ...asked, status: 'unread', why: describeUnread(unread) };
    } catch (error) {
      const failure = signal.aborted || !(error instanceof ProviderError) ? undefined : itemFailure(error);
      if (!failure) throw error;
      return { ...asked, status: 'refused', why: failure.why };
    }
  };
  return {
    probeModels: ({ config, ...terms }) =>
      withHeartbeat({ stage: 'documents', label: 'models' }, async (report, signal) => {
        const probes = probesOf(config);
        let done = 0;
        return Promise.all(
          probes.map(async (probe) => {
            const result = await ask(probe, terms, signal);
            report(++done, probes.length, `${result.model} as ${result.use}`);
            return result;
          }),
        );
      }),
  };
}
