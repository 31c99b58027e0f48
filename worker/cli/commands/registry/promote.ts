import { Command } from 'commander';
import { loadStages } from '../../../../configs/load.ts';
import { requestedPage } from '../../../../operations/promotions/page.ts';
import { promotionOf, requestedId, startRequested } from '../../../../operations/promotions/promote.ts';
import { namedVersion } from '../../../../operations/promotions/named-version.ts';
import { approvalsOf } from '../../../../registry/overrides.ts';
import { byOption, jsonOption, whyOption } from '../../options.ts';
import { paths, say, store, withRegistry, withTemporal } from '../context.ts';

interface Options {
  alias: string;
  by: string;
  why: string;
  override?: boolean;
  json?: boolean;
}

/** `promote MODEL@vN`: asks for a promotion, on the evidence that the version was registered with. */
export function promoteCommand(): Command {
  return new Command('promote')
    .description("Ask for a version's promotion: also for one that the gate held, where the alias's rule allows it")
    .argument('<version>', 'such as womens-health@v3, or womens-health@staging for what staging serves')
    .option('--alias <alias>', 'the alias to move', 'production')
    .addOption(byOption())
    .addOption(whyOption('the new price is right'))
    .option('--override', 'whatever the gate said; another person must then approve')
    .addOption(jsonOption())
    .action((name: string, { alias, by, why, override = false, json }: Options) =>
      withRegistry(async (registry) => {
        const { aliases: policies } = await loadStages(paths().projectRoot);
        const { model, version } = await namedVersion(registry, name);
        const request = { model, version, alias, by, why, override };
        const artifacts = await store();
        const input = await promotionOf({ registry, store: artifacts, policies }, request);
        const approvals = approvalsOf(policies[alias]!, input);
        const { workflowId, page } = await withTemporal(async (client, running) => {
          const id = requestedId(input);
          const gateway = process.env.WHETSTONE_GATEWAY ?? running?.gateway;
          const policy = policies[alias]!;
          const written = await requestedPage({ registry, store: artifacts, policy, gateway, input, id }).catch(
            (error: Error) => error.message,
          );
          const evidence = typeof written === 'string' ? undefined : written;
          await startRequested(client, { ...input, ...(evidence && { page: evidence }) }, id);
          return { workflowId: id, page: written };
        });
        if (json)
          return say(
            JSON.stringify(
              {
                promotion: workflowId,
                model,
                version,
                alias,
                approvals,
                evidence: typeof page === 'string' ? null : page.link,
              },
              null,
              2,
            ),
          );
        say(`${workflowId}\n  asks to move ${alias} of ${model} to version ${version}`);
        say(typeof page === 'string' ? `  There is no evidence page: ${page}` : `  ${page.link}`);
        say(
          approvals === 0
            ? `  It moves now; npx whetstone history ${model}@${alias} tells of it`
            : `  It waits for ${approvals} approval(s)${input.request?.override ? ` by others than ${by}` : ''}:\n` +
                `  npx whetstone approve ${workflowId} --by NAME --why "..."`,
        );
      }),
    );
}
