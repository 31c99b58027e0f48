import { Command, InvalidArgumentError } from 'commander';
import { createKey, grantKey, ROLES, standingOf } from '../../../operations/identity/keys.ts';
import { byOption, jsonOption, whyOption } from '../options.ts';
import { say, withRegistry } from './context.ts';

interface CreateOptions {
  subject: string;
  role: string[];
  by: string;
  expires?: number;
  publicKey?: string;
  key?: string;
  json?: boolean;
}

interface GrantOptions {
  subject: string;
  group: string[];
  by: string;
  expires?: number;
  json?: boolean;
}

/** `keys`: who may sign decisions, and who may see which passages. */
export function keysCommand(): Command {
  return new Command('keys')
    .description('Keys of people: who may sign decisions on promotions, and who may see which passages')
    .addCommand(createCommand())
    .addCommand(grantCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

function createCommand(): Command {
  return new Command('create')
    .description('Make a key for a person, or put in the public half of one that they made')
    .requiredOption('--subject <name>', 'whose key it is')
    .requiredOption(
      '--role <role...>',
      `what it is for: ${ROLES.join(', ')}; a viewer signs nothing, an operator may ask for changes, the others decide`,
    )
    .option('--expires <days>', 'ends by itself after so many days', daysOf)
    .option('--public-key <file>', 'a public key of Ed25519 in PEM, whose private half stays with its owner')
    .option('--key <file>', 'where the new private key is written; by default in whetstone/keys below ~/.config')
    .addOption(byOption())
    .addOption(jsonOption())
    .action(({ role: roles, expires, publicKey: publicKeyFile, key: keyFile, json, ...who }: CreateOptions) =>
      withRegistry(async (registry) => {
        const asked = { ...who, roles, expiresInDays: expires, publicKeyFile, file: keyFile };
        const { key, file } = await createKey(registry, asked, process.env);
        if (json) return say(JSON.stringify({ ...key, file }, null, 2));
        say(
          `key ${key.id} of ${key.subject} (${key.roles.join(', ')})${key.expiresAt ? `, until ${key.expiresAt}` : ''}`,
        );
        if (file !== undefined)
          say(`  its private half, which nobody else may have: ${file}\n  the registry keeps the public half alone`);
      }),
    );
}

function grantCommand(): Command {
  return new Command('grant')
    .description('Make a key that asks the gateway, and is answered from what its groups may see, too')
    .requiredOption('--subject <name>', 'whose key it is')
    .requiredOption('--group <group...>', "groups of documents' labels")
    .option('--expires <days>', 'ends by itself after so many days', daysOf)
    .addOption(byOption())
    .addOption(jsonOption())
    .action(({ subject, group: groups, expires, by, json }: GrantOptions) =>
      withRegistry(async (registry) => {
        const { key, token } = await grantKey(registry, { subject, groups, by, expiresInDays: expires });
        if (json) return say(JSON.stringify({ ...key, token }, null, 2));
        const until = key.expiresAt ? `, until ${key.expiresAt}` : '';
        say(`key ${key.id} of ${key.subject}, groups ${key.groups.join(', ')}${until}`);
        say(`  sent as Authorization: Bearer, and shown this once:\n  ${token}`);
      }),
    );
}

function listCommand(): Command {
  return new Command('list')
    .description('Every key, the revoked ones too')
    .addOption(jsonOption())
    .action(({ json }: { json?: boolean }) =>
      withRegistry(async (registry) => {
        const now = new Date();
        const both = [...(await registry.keys()), ...(await registry.accessKeys())];
        const keys = both.map((key) => ({ ...key, standing: standingOf(key, now) }));
        if (json) return say(JSON.stringify(keys, null, 2));
        const lines = keys.map(({ id, standing, subject, at, expiresAt, revoked, ...key }) => {
          const may = 'roles' in key ? key.roles.join(', ') : `sees ${key.groups.join(', ')}`;
          const end = revoked
            ? `revoked by ${revoked.by} at ${revoked.at}: ${revoked.why}`
            : expiresAt && `until ${expiresAt}`;
          return [`${id}  ${standing.padEnd(7)}  ${subject} (${may})  since ${at}`, end].filter(Boolean).join('  ');
        });
        say(
          lines.join('\n') || 'no keys yet; make one: npx whetstone keys create --subject "Ada Long" --role approver',
        );
      }),
    );
}

function revokeCommand(): Command {
  return new Command('revoke')
    .description('End a key for good: what it signs or asks from now on is refused. What was decided stays')
    .argument('<id>', 'as npx whetstone keys list shows it')
    .addOption(byOption())
    .addOption(whyOption('her laptop was stolen'))
    .addOption(jsonOption())
    .action((id: string, { by, why, json }: { by: string; why: string; json?: boolean }) =>
      withRegistry(async (registry) => {
        const end = { id, by, why, at: new Date().toISOString() };
        const changed = (await registry.revokeAccessKey(end)) ?? (await registry.revokeKey(end));
        if (json) return say(JSON.stringify({ id, revoked: true, changed }, null, 2));
        say(changed ? `key ${id} is revoked` : `key ${id} is revoked already; nothing was changed`);
      }),
    );
}

function daysOf(text: string): number {
  const days = Number(text);
  if (days > 0 && days <= 36_500) return days;
  throw new InvalidArgumentError('Expected days above 0, such as --expires 365.');
}
