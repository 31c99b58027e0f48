import Table from 'cli-table3';
import { Command } from 'commander';
import type { Promotion } from '../../../registry/schema.ts';
import type { Registry } from '../../../registry/store.ts';
import { CommandError, say, withRegistry } from './context.ts';

const NONE_YET =
  'No model is registered yet. A run whose candidate passes the gate registers it: npx whetstone run quickstart';

/** `models [MODEL]`: versions, what each alias points at, and how it came there. */
export function modelsCommand(): Command {
  return new Command('models')
    .description('List models; with MODEL its versions, aliases and their history')
    .argument('[model]')
    .action((model: string | undefined) =>
      withRegistry(async (registry) => {
        const models = await registry.models();
        if (models.length === 0) {
          if (model !== undefined) throw new CommandError(`unknown model '${model}'. ${NONE_YET}`);
          return say(NONE_YET);
        }
        const shown = model === undefined ? models : models.filter(({ name }) => name === model);
        if (shown.length === 0)
          throw new CommandError(`unknown model '${model}'; known: ${models.map(({ name }) => name).join(', ')}`);
        for (const { name, aliases } of shown) say(await describeModel(registry, name, aliases));
      }),
    );
}

/** A model's versions as a table, then what happened to it, oldest first. */
export async function describeModel(
  registry: Registry,
  name: string,
  aliases: Record<string, number>,
): Promise<string> {
  const versions = new Table({
    head: ['version', 'serves as', 'candidate', 'base', 'dataset', 'weights', 'made', ''],
    style: { head: [], border: [] },
  });
  for (const v of await registry.listVersions(name)) {
    const servesAs = Object.entries(aliases).flatMap(([alias, version]) => (version === v.version ? [alias] : []));
    const blocked = v.blocked ? `withdrawn by ${v.blocked.by}: ${v.blocked.why}` : '';
    versions.push([
      v.version,
      servesAs.join(', '),
      v.candidate,
      v.base,
      v.datasetVersion ?? '',
      v.weights.sha256.slice(0, 12),
      v.createdAt.slice(0, 16),
      blocked,
    ]);
  }
  const moves = (await registry.history(name)).map(({ at, alias, fromVersion, toVersion, kind, by, why }) => ({
    at,
    text: `${alias}: ${fromVersion ?? 'nothing'} -> ${toVersion}  ${kind} by ${by}: ${why}`,
  }));
  const blocks = (await registry.blocks(name)).map(({ at, version, action, by, why }) => ({
    at,
    text: `version ${version}  ${action === 'block' ? 'withdrawn' : 'unblocked'} by ${by}: ${why}`,
  }));
  const promotions = await Promise.all((await registry.promotions(name)).map((one) => describeOutcome(registry, one)));
  const lines = [...moves, ...blocks, ...promotions.flat()].sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
  return [name, versions.toString(), 'History', ...lines.map(({ at, text }) => `  ${at}  ${text}`), ''].join('\n');
}

/** What a promotion came to, or waits for; one that moved its alias shows as that move. */
async function describeOutcome(registry: Registry, promotion: Promotion): Promise<{ at: string; text: string }[]> {
  const { id, alias, version, state, approvalsNeeded, createdAt } = promotion;
  const about = `${alias}: version ${version}`;
  const decisions = await registry.decisions(id);
  const last = decisions.at(-1);
  switch (state) {
    case 'promoted':
      return [];
    case 'waiting': {
      const approvals = decisions.filter(({ decision }) => decision === 'approve').length;
      return [{ at: createdAt, text: `${about}  waits for ${approvalsNeeded - approvals} approval(s): ${id}` }];
    }
    case 'approved':
      return [{ at: last?.at ?? createdAt, text: `${about}  approved, about to move: ${id}` }];
    case 'rejected':
    case 'expired':
    case 'superseded':
    case 'held':
      return [{ at: last?.at ?? createdAt, text: `${about}  ${state}${last ? ` by ${last.by}: ${last.why}` : ''}` }];
    default:
      return state satisfies never;
  }
}
