import { Command } from 'commander';
import { RequestError } from '../../../../common/errors.ts';
import type { IndexStore } from '../../../../retrieval/store/store.ts';
import type { Holding } from '../../../../retrieval/store/holding.ts';
import type { Withdrawn } from '../../../../retrieval/store/withdraw.ts';
import { jsonOption } from '../../options.ts';
import { say } from '../context.ts';
import { openIndexes } from './indexes.ts';

/** `erase`: nothing answers from a document any more, whichever snapshot it is of. */
export function eraseCommand(): Command {
  return new Command('erase')
    .description(
      'Take a document out of every snapshot of every index, at once: versions that serve answer without it from then on',
    )
    .argument('<document>', 'its id, as `trace` and citations have it')
    .option('--dry-run', 'say what would be taken out, and leave it')
    .addOption(jsonOption())
    .action(async (document: string, { dryRun = false, json }: { dryRun?: boolean; json?: boolean }) => {
      const indexes = await openIndexes();
      if (!indexes) throw nowhere(document);
      try {
        const erased = await eraseDocument(indexes, document, { dryRun });
        say(json ? JSON.stringify(erased, null, 2) : eraseText(erased));
      } finally {
        await indexes.close();
      }
    });
}

export interface Erased extends Withdrawn {
  document: string;
  /** That had passages of it. */
  snapshots: number;
  dryRun: boolean;
}

/** @throws RequestError where no index has a passage of it */
export async function eraseDocument(
  indexes: Pick<IndexStore, 'holdings' | 'withdraw'>,
  document: string,
  { dryRun }: { dryRun: boolean },
): Promise<Erased> {
  const held = await indexes.holdings(document);
  if (held.length === 0) throw nowhere(document);
  const withdrawn = dryRun ? foundIn(held) : await indexes.withdraw(document);
  return { document, snapshots: held.length, dryRun, ...withdrawn };
}

/** At least as many: a passage that was changed is counted in its largest snapshot alone. */
const foundIn = (held: readonly Holding[]): Withdrawn => ({
  passages: Math.max(...held.map(({ passages }) => passages)),
  indexes: [...new Set(held.map(({ index }) => index))].sort(),
});

export function eraseText({ document, snapshots, indexes, passages, dryRun }: Erased): string {
  const what = `${passages} ${passages === 1 ? 'passage' : 'passages'} of ${document}`;
  const where = `${snapshots} ${snapshots === 1 ? 'snapshot' : 'snapshots'} of ${indexes.join(', ')}`;
  if (dryRun)
    return `At least ${what} would be taken out of ${where}. What a model learnt of it stays: npx whetstone trace ${document}`;
  return [
    `${what} were taken out of ${where}; nothing answers from them any more.`,
    'It comes back where it is still among the documents when they are indexed again.',
    `What a model learnt of it stays: npx whetstone trace ${document}`,
  ].join('\n');
}

const nowhere = (document: string) =>
  new RequestError(
    `document: found '${document}', of which no index has a passage; expected its id, as npx whetstone trace ${document} tells it`,
  );
