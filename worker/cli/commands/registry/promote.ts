import { Command } from 'commander';
import { RequestError } from '../../../../common/errors.ts';
import { loadStages } from '../../../../configs/load.ts';
import { requestedPage } from '../../../../operations/promotions/page.ts';
import { findKeyFile } from '../../../../operations/identity/key-file.ts';
import { breakGlass, type GlassBroken } from '../../../../operations/promotions/break-glass.ts';
import {
  promoteUnevaluated,
  promotionOf,
  requestedId,
  startRequested,
} from '../../../../operations/promotions/promote.ts';
import { staleNow } from '../../../../operations/promotions/stale.ts';
import { namedVersion } from '../../../../operations/promotions/named-version.ts';
import { approvalsText } from '../../../../contract/promotions/words.ts';
import { approveCommand, reviewCommand } from '../../../../contract/promotions/commands.ts';
import { reviewNeedsProof } from '../../../../registry/decisions/reviews.ts';
import { approvalsOf, needsProof } from '../../../../registry/overrides.ts';
import { linkBase } from '../../../../evidence/link.ts';
import { spanText } from '../../../../contract/reminders.ts';
import { byOption, jsonOption, spanOf, whyOption } from '../../options.ts';
import { here, paths, say, store, withRegistry, withTemporal } from '../context.ts';

const HOUR_MS = 3_600_000;

interface Options {
  alias: string;
  by: string;
  why: string;
  override?: boolean;
  breakGlass?: boolean;
  expiresAfter?: number;
  sign?: boolean;
  key?: string;
  json?: boolean;
}

/** `promote MODEL@vN`: asks for a promotion, on the version's newest evaluation. */
export function promoteCommand(): Command {
  const command = new Command('promote')
    .description("Ask for a version's promotion: also for one that the gate held, where the alias's rule allows it")
    .argument('<version>', 'such as womens-health@v3, or womens-health@staging for what staging serves')
    .option('--alias <alias>', 'the alias to move', 'production')
    .addOption(byOption())
    .addOption(whyOption('the new price is right'))
    .option('--override', 'whatever the gate said; another person must then approve')
    .option(
      '--expires-after <time>',
      'how long it waits for people, such as 36h or 14d; without, as promote.expiresAfterHours of its run says',
      spanOf,
    )
    .option('--break-glass', "move it at once, past the alias's rule where that lets you; another person owes a review")
    .option('--sign', 'with --break-glass: sign it with your key')
    .option('--key <file>', 'with --sign: the private key; may be left out while you have one')
    .addOption(jsonOption());
  return command.action(
    (name: string, { alias, by, why, override = false, breakGlass: breaks, expiresAfter, json, ...signs }: Options) =>
      withRegistry(async (registry) => {
        if (breaks) {
          if (expiresAfter !== undefined)
            throw new RequestError('--expires-after goes without --break-glass, which waits for nobody');
          const claimed = command.getOptionValueSource('by') === 'default' ? undefined : by;
          const signing = signs.sign
            ? { keyFile: signs.key ?? (await findKeyFile(process.env, claimed)), by: claimed }
            : undefined;
          const { aliases: policies } = await loadStages(paths().projectRoot);
          const { model, version } = await namedVersion(registry, name);
          const done = await breakGlass(registry, { model, version, alias, by, why }, signing);
          return say(
            json
              ? JSON.stringify({ model, alias, ...done }, null, 2)
              : brokenText({ model, alias, signed: reviewNeedsProof(policies[alias]), ...done }),
          );
        }
        if (signs.sign)
          throw new RequestError(
            '--sign goes with --break-glass: who asks for a promotion signs nothing, who approves it does',
          );
        const { aliases: policies } = await loadStages(paths().projectRoot);
        const { model, version } = await namedVersion(registry, name);
        const atOnce = await promoteUnevaluated({ registry, policies }, { model, version, alias, by, why });
        if (atOnce !== undefined)
          return say(
            json
              ? JSON.stringify({ promotion: atOnce, model, version, alias, approvals: 0, evidence: null }, null, 2)
              : `${atOnce}\n  ${alias} of ${model} points at version ${version}, which was never evaluated: the alias asks for nothing${
                  expiresAfter === undefined ? '' : ', and --expires-after has nothing to wait for'
                }`,
          );
        const request = { model, version, alias, by, why, override, expiresAfterMs: expiresAfter };
        const artifacts = await store();
        const input = await promotionOf({ registry, store: artifacts, policies }, request);
        const approvals = approvalsOf(policies[alias]!, input);
        const older = (await registry.openPromotions()).filter(
          (one) => one.model === model && one.alias === alias && one.state === 'waiting',
        );
        const stale = await staleNow({ store: artifacts, input, ...here() });
        const { workflowId, page } = await withTemporal(async (client, running) => {
          const id = requestedId(input);
          const gateway = linkBase(process.env, running?.gateway);
          const policy = policies[alias]!;
          const written = await requestedPage({ registry, store: artifacts, policy, gateway, input, id, stale }).catch(
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
                stale,
                expiresAfterHours: input.expiresAfterMs / HOUR_MS,
                supersedes: older.map(({ id }) => id),
                evidence: typeof page === 'string' ? null : page.link,
              },
              null,
              2,
            ),
          );
        say(`${workflowId}\n  asks to move ${alias} of ${model} to version ${version}`);
        for (const { id, version: other } of older) say(`  supersedes ${id}, which waits for version ${other}`);
        say(typeof page === 'string' ? `  There is no evidence page: ${page}` : `  ${page.link}`);
        if (stale.length > 0 && approvals > 0)
          say(
            `  Its evidence is stale already: ${stale.join('; ')}.\n` +
              `  Once it is approved it is evaluated again, and asks for approval of that. To have that first, reject this one, then:\n` +
              `  npx whetstone evaluate ${model}@v${version} --against ${model}@${alias}`,
          );
        say(
          approvals === 0
            ? `  It moves as soon as a worker takes it; npx whetstone history ${model}@${alias} tells of it`
            : `  It waits for ${approvalsText(approvals)}${input.request?.override ? ` by others than ${by}` : ''}, for ${spanText(input.expiresAfterMs)}:\n` +
                `  ${approveCommand(workflowId, needsProof(policies[alias]))}`,
        );
      }),
  );
}

const brokenText = ({
  model,
  alias,
  from,
  to,
  by,
  reviewBy,
  promotion,
  signed,
}: GlassBroken & { model: string; alias: string; signed: boolean }) =>
  `${alias} of ${model}: ${from === null ? 'nothing' : `version ${from}`} -> version ${to}, at once and past its rule, by ${by}.\n` +
  `  Another person must review it until ${reviewBy}:\n` +
  `  ${reviewCommand(promotion, signed)}`;
