import { Command } from 'commander';
import { planConfig } from '../../../operations/plan/plan-config.ts';
import { describePlan } from '../plan-text.ts';
import { jsonOption } from '../options.ts';
import { here, say, tell, typedConfig } from './context.ts';

const BETWEEN_LINES_MS = 3_000;

/** `plan CONFIG`: what a run will ask and cost, before a cent is spent. */
export function planCommand(): Command {
  return new Command('plan')
    .description('Forecast the calls, tokens, cost and time of a config, and what its gate can detect; asks no model')
    .argument('<config>', 'a name below configs/ or a YAML file')
    .addOption(jsonOption())
    .action(async (name: string, { json }: { json?: boolean }) => {
      const { plan, budget } = await planConfig({
        ...here(),
        config: typedConfig(name),
        ...(!json && { onDocument: everySeconds() }),
      });
      tell(json, { plan, budget }, describePlan(plan, budget));
    });
}

/** Reading much takes long: a line from time to time says that it goes on. */
function everySeconds(): (done: number, total: number, text: string) => void {
  let last = Date.now();
  return (done, total, text) => {
    if (Date.now() - last < BETWEEN_LINES_MS) return;
    last = Date.now();
    say(`Reading document ${done} of ${total}: ${text}`);
  };
}
