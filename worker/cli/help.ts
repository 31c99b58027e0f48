import type { Command, Option } from 'commander';

/** What every command's help has: which options it needs, and an example that one can copy. */

/** By the command's name; each is a line that `npx whetstone` takes. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  plan: 'plan quickstart',
  run: 'run quickstart --report report.json',
  'dataset build': 'dataset build quickstart --out my-dataset',
  'dataset list': 'dataset list',
  'dataset diff': 'dataset diff 0a1b2c 3d4e5f',
  'dataset skipped': 'dataset skipped --document opening-hours',
  'dataset export': 'dataset export 0a1b2c --format chat --out my-export',
  documents: 'documents womens-health',
  'dataset push': 'dataset push 0a1b2c --repo my-team/handbook',
  'artifacts gc': 'artifacts gc --dry-run',
  status: 'status --json',
  approve: 'approve promote/womens-health/production/1a2b3c4d --by Ada --why "read the ten answers"',
  reject: 'reject --by Ada --why "two answers miss the warning"',
  'request-changes': 'request-changes --by Ada --why "the dosage answers need a source"',
  review: 'review promote/womens-health/production/1a2b3c4d --by Ben --why "the new price is right"',
  grade: 'grade promote/womens-health/production/1a2b3c4d --by Ada',
  'keys create': 'keys create --subject "Ada Long" --role approver --expires 365',
  'keys grant': 'keys grant --subject "Ada Long" --group midwives --expires 365',
  'keys list': 'keys list',
  'keys revoke': 'keys revoke 8067e0b29d913e7a --why "her laptop was stolen"',
  report: 'report promote/womens-health/production/1a2b3c4d --open',
  cancel: 'cancel improve/womens-health/1a2b3c4d',
  'raise-budget': 'raise-budget improve/womens-health/1a2b3c4d --usd 20 --why "the documents doubled"',
  ask: 'ask womens-health "How long is a cycle?" --sources',
  'judges list': 'judges list --config quickstart',
  'judges calibrate': 'judges calibrate safe labels.jsonl --by Ada',
  models: 'models womens-health',
  history: 'history womens-health@production',
  why: 'why womens-health@v3 --json',
  verify: 'verify womens-health@v3',
  trace: 'trace leave-policy --json',
  erase: 'erase leave-policy --dry-run',
  'indexes list': 'indexes list',
  'indexes gc': 'indexes gc --dry-run',
  register: 'register womens-health --folder ./my-model --why "trained by the research team"',
  evaluate: 'evaluate womens-health@v3',
  promote: 'promote womens-health@v3 --alias production --why "the new price is right"',
  rollback: 'rollback womens-health --dry-run',
  takedown: 'takedown womens-health@production --why "wrong doses"',
  pin: 'pin womens-health@production --why "frozen until the audit"',
  archive: 'archive womens-health@v3 --why "replaced by version 5"',
  unblock: 'unblock womens-health 3 --why "the report was about version 1"',
  'schedule create': 'schedule create quickstart --cron "0 3 * * 1" --timezone Europe/Berlin',
  'schedule list': 'schedule list',
  'schedule pause': 'schedule pause womens-health --why "frozen until the audit"',
  'schedule unpause': 'schedule unpause womens-health',
  'schedule trigger': 'schedule trigger womens-health --anyway',
  'schedule delete': 'schedule delete womens-health',
  'webhooks list': 'webhooks list',
  'webhooks test': 'webhooks test chat',
  'webhooks redeliver': 'webhooks redeliver 1a2b3c4d --to chat',
  'webhooks enable': 'webhooks enable chat',
  'mlflow status': 'mlflow status',
  'mlflow sync': 'mlflow sync',
  worker: 'worker --queue training --check',
};

/** Gives a program's commands their examples, and marks the options that they need. */
export function withHelp(program: Command): Command {
  for (const command of commandsOf(program)) {
    command.configureHelp({
      optionDescription: (option) => marked(option),
    });
    const example = EXAMPLES[nameOf(command)];
    if (example) command.addHelpText('after', `\nExample:\n  npx whetstone ${example}`);
  }
  return program;
}

const marked = ({ description, mandatory, defaultValue, defaultValueDescription }: Option): string => {
  const needed = mandatory && !description.startsWith('required') ? `required: ${description}` : description;
  const usual =
    defaultValueDescription ??
    (typeof defaultValue === 'boolean' || defaultValue === undefined || Array.isArray(defaultValue)
      ? undefined
      : JSON.stringify(defaultValue));
  return usual === undefined || /\(default/.test(needed) ? needed : `${needed} (default: ${usual})`;
};

/** Every command that does something, and every group of them. */
export function commandsOf(command: Command): Command[] {
  return command.commands.flatMap((one) => [one, ...commandsOf(one as Command)]) as Command[];
}

/** `schedule create` */
export function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name();
}
