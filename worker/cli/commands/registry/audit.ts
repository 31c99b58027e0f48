import { Command } from 'commander';
import { answerChain } from '../../../../operations/audit/answer.ts';
import {
  assertEvaluated,
  chainOf,
  verifyChain,
  type Audited,
  type Verified,
} from '../../../../operations/audit/chain.ts';
import { readRunning } from '../../../../operations/connection.ts';
import type { Link } from '../../../../operations/audit/link.ts';
import { namedVersion } from '../../../../operations/promotions/named-version.ts';
import { jsonOption } from '../../options.ts';
import { paths, say, store, withRegistry } from '../context.ts';
import { withIndexes } from './indexes.ts';
import type { Registry } from '../../../../registry/store.ts';

interface Options {
  example?: string;
  json?: boolean;
}

const WHAT =
  'a version such as womens-health@v3, womens-health for what production serves, or the id of an answer: of the gateway, or EVALUATION/SUITE/QUESTION/ARM';

/** The registry and the artifacts, and the model server of the system that runs here. */
const audited = async (registry: Registry, indexes: Audited['indexes']): Promise<Audited> => ({
  registry,
  store: await store(),
  indexes,
  answers: process.env.WHETSTONE_ANSWER_LOG || paths().answers,
  modelServer: process.env.WHETSTONE_MODEL_SERVER ?? readRunning(paths().running)?.modelServer,
});

/** `why`: from a version or an answer back to the documents. */
export function whyCommand(): Command {
  return new Command('why')
    .description(
      'Why a version, or an answer, is what it is: deployment, approvals, gate, evaluation, job, dataset, and an example down to its document',
    )
    .argument('<version or answer>', WHAT)
    .option('--example <id or question>', 'of a version: the example to follow; without, the first that was trained on')
    .addOption(jsonOption())
    .action((name: string, { example, json }: Options) =>
      withRegistry((registry) =>
        withIndexes(async (indexes) => {
          const links = await linksOf(await audited(registry, indexes), name, example);
          say(json ? JSON.stringify(links, null, 2) : links.map(linkText).join('\n'));
        }),
      ),
    );
}

async function linksOf(of: Audited, name: string, example?: string): Promise<Link[]> {
  const ofAnswer = await answerChain(of, name);
  if (ofAnswer) return ofAnswer;
  const { model, version } = await namedVersion(of.registry, name);
  return chainOf(of, { model, version, example });
}

/** `verify`: recomputes the hashes along that chain. Exit code 1 where a link is broken. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'Recompute the hashes from a version or an answer back to the documents, and name the first broken link',
    )
    .argument('<version or answer>', WHAT)
    .addOption(jsonOption())
    .action((name: string, { json }: Options) =>
      withRegistry(async (registry) => {
        const of = await audited(registry, undefined);
        const ofAnswer = await answerChain(of, name);
        if (!ofAnswer) assertEvaluated(await namedVersion(registry, name));
        const seen: Verified[] = [];
        const links = ofAnswer ?? (await linksOf(of, name));
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
