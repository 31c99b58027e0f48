import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { SETTLED } from '../../contract/messages.ts';

/** Tells promotions that the registry has superseded to look there. One that is over already needs no telling. */
export async function tellSuperseded(promotionIds: readonly string[]): Promise<void> {
  await Promise.all(
    promotionIds.map((id) =>
      getExternalWorkflowHandle(id)
        .signal(SETTLED)
        .catch(() => {}),
    ),
  );
}
