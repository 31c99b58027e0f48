import { describe, expect, it } from 'vitest';
import { commandsOf, EXAMPLES, nameOf } from './help.ts';
import { program } from './main.ts';

const leaves = commandsOf(program).filter(({ commands }) => commands.length === 0);

/** What a person sees of a command's help. */
function helpOf(name: string): string {
  const command = leaves.find((one) => nameOf(one) === name);
  let text = '';
  command?.configureOutput({ writeOut: (more) => void (text += more) });
  command?.outputHelp();
  return text;
}

describe('the help of a command (N13)', () => {
  it('has an example for each, and none for what is no command', () => {
    expect(leaves.length).toBeGreaterThan(30);
    expect(leaves.map(nameOf).sort()).toEqual(Object.keys(EXAMPLES).sort());
    for (const [name, example] of Object.entries(EXAMPLES)) expect(example.startsWith(name)).toBe(true);
    expect(helpOf('schedule create')).toContain('Example:\n  npx whetstone schedule create quickstart --cron');
  });

  it.each(leaves.map((command) => [nameOf(command), command] as const))(
    '%s gives its example what it needs',
    (name, command) => {
      const example = EXAMPLES[name] ?? '';
      const needed = command.options.filter(({ long, mandatory }) => mandatory && long !== '--by');
      expect(needed.filter(({ long }) => !example.includes(`${long} `))).toEqual([]);
      const given =
        example
          .replace(/"[^"]*"/g, 'x')
          .replace(/ --\S+( [^-\s]\S*)?/g, '')
          .split(' ').length - name.split(' ').length;
      expect(given).toBeGreaterThanOrEqual(command.registeredArguments.filter(({ required }) => required).length);
      // Options that the example names are there.
      const known = command.options.map(({ long }) => long);
      for (const [option] of example.replace(/"[^"]*"/g, '').matchAll(/--[a-z-]+/g)) expect(known).toContain(option);
    },
  );

  it('marks the options that it needs', () => {
    expect(helpOf('schedule create')).toMatch(/--cron <expression> +required: when/);
    expect(helpOf('approve')).toMatch(/--why <reason> +required: why/);
    expect(helpOf('dataset build')).toMatch(/--out <folder> +required: where/);
    expect(helpOf('schedule create')).toMatch(/--timezone <name> +of the times/);
    expect(helpOf('schedule create')).toContain('(default: "1m")');
  });

  it('of a schedule names a model where a model is meant', () => {
    for (const name of ['delete', 'pause', 'unpause', 'trigger'])
      expect(helpOf(`schedule ${name}`)).toContain("the model's name (`name` in its config)");
  });
});

it('answers an empty reason in plain words', async () => {
  const approve = program.commands.find((one) => one.name() === 'approve');
  let said = '';
  approve?.exitOverride().configureOutput({ writeErr: (text) => void (said += text) });
  await approve?.parseAsync(['--why', ''], { from: 'user' }).catch(() => {});
  expect(said).toContain('It is empty. Say it in a few words, such as --why "read');
  expect(said).not.toMatch(/zod|JSON|expected string/i);
});
