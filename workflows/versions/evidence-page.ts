import { ActivityFailure, isCancellation, patched } from '@temporalio/workflow';
import type { EvidenceInput, EvidenceResult } from '../../contract/promotion-stages.ts';
import * as activity from '../proxies.ts';
import type { RunState } from '../run-state.ts';

/** The page of the evidence, or of the promotion that it is for. A run does not fail for a page: it says that there is none. */
export async function evidencePage(run: RunState, input: EvidenceInput): Promise<EvidenceResult | undefined> {
  if (!patched('evidence-page')) return undefined;
  try {
    return await activity.writeEvidence(input);
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    run.warn([`there is no evidence page: ${error.cause?.message ?? error.message}`]);
    return undefined;
  }
}
