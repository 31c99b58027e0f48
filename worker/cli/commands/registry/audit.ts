import { Command } from 'commander';
import { assertEvaluated, chainOf, verifyChain, type Verified } from '../../../../operations/audit/chain.ts';
import type { Link } from '../../../../operations/audit/link.ts';
import { namedVersion } from '../../../../operations/promotions/named-version.ts';
import { jsonOption } from '../../options.ts';
import { say, store, withRegistry } from '../context.ts';

interface Options {
  example?: string;
  json?: boolean;
}

const VERSION = 'such as womens-health@v3, or womens-health for what production serves';

/** `why VERSION`: from a version back to the documents. */
export function whyCommand(): Command {
  return new Command('why')
    .description(
      'Why a version is what it is: approvals, gate, evaluation, job, dataset, and an example down to its document',
    )
    .argument('<version>', VERSION)
    .option('--example <id or question>', 'the example to follow; without, the first that was trained on')
    .addOption(jsonOption())
    .action((name: string, { example, json }: Options) =>
      withRegistry(async (registry) => {
        const { model, version } = await namedVersion(registry, name);
        const links = await chainOf({ registry, store: await store() }, { model, version, example });
        say(json ? JSON.stringify(links, null, 2) : links.map(linkText).join('\n'));
      }),
    );
}

/** `verify VERSION`: recomputes the hashes along that chain. Exit code 1 where a link is broken. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('Recompute the hashes from a version back to the documents, and name the first broken link')
    .argument('<version>', VERSION)
    .addOption(jsonOption())
    .action((name: string, { json }: Options) =>
      withRegistry(async (registry) => {
        const version = await namedVersion(registry, name);
        assertEvaluated(version);
        const seen: Verified[] = [];
        const links = await chainOf({ registry, store: await store() }, version);
        for await (const link of verifyChain(links)) {
          seen.push(link);
          if (!json) say(`${MARKS[link.status]}  ${titleOf(link)}${link.why ? `\n        ${link.why}` : ''}`);
        }
        const broken = seen.find(({ status }) => status === 'broken');
        const gone = seen.filter(({ status }) => status === 'gone').length;
        if (json) say(JSON.stringify({ holds: !broken, links: seen }, null, 2));
        else if (broken) say(`Broken at: ${titleOf(broken)}`);
        else say(gone > 0 ? `Nothing is broken; ${gone} file(s) are not here and prove nothing` : 'The chain holds.');
        if (broken) process.exitCode = 1;
      }),
    );
}

const MARKS = { holds: 'ok    ', gone: 'gone  ', broken: 'BROKEN' } as const;

const titleOf = ({ what, name }: Pick<Link, 'what' | 'name'>) => `${what} ${name}`;

function linkText({ sha256, where, says, ...link }: Link): string {
  const about = [sha256 && `sha256 ${sha256}`, where && `in ${where}`].filter(Boolean).join(', ');
  return [titleOf(link), ...(about ? [`    ${about}`] : []), ...says.map((line) => `    ${line}`)].join('\n');
}
