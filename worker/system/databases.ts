import type { Paths } from '../../configs/paths.ts';
import { openLedger } from '../../providers/ledger/ledger.ts';
import { openRegistry } from '../../registry/open.ts';
import { isPostgresUrl, postgresName } from '../../sql/postgres.ts';

/**
 * Opens registry and ledger once, so that one process brings them up to date.
 * @throws Error what keeps them from being used, and what to do, before anything is started or paid for
 */
export async function prepareDatabases(
  { registry, ledger, journals }: Paths,
  say: (message: string) => void,
): Promise<void> {
  await (await openRegistry({ url: registry })).close();
  await (await openLedger(ledger, { journals })).close();
  // The variable may be another program's: it is said where things go.
  if (isPostgresUrl(registry)) say(`Registry and ledger: ${postgresName(registry)}`);
}
