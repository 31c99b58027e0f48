import { Command } from 'commander';
import {
  traceDocument,
  type Trace,
  type TracedDataset,
  type TracedVersion,
} from '../../../../operations/audit/trace.ts';
import { jsonOption } from '../../options.ts';
import { say, store, withRegistry } from '../context.ts';
import { openIndexes } from './indexes.ts';

/** `trace`: from a document to everything that saw it; one that is gone too. */
export function traceCommand(): Command {
  return new Command('trace')
    .description('What saw a document: model versions, the aliases that serve them, datasets and examples, indexes')
    .argument('<document>', 'its id, its path, or the beginning of its hash; one that is gone, too')
    .addOption(jsonOption())
    .action((document: string, { json }: { json?: boolean }) =>
      withRegistry(async (registry) => {
        const indexes = await openIndexes();
        try {
          const artifacts = await store();
          const trace = await traceDocument({ registry, store: artifacts, document, folder: process.cwd(), indexes });
          say(json ? JSON.stringify(trace, null, 2) : traceText(trace));
        } finally {
          await indexes?.close();
        }
      }),
    );
}

const SINCE = {
  same: 'as it is now',
  changed: 'it was changed since',
  gone: 'it is gone',
  unknown: 'what became of it is not known: its documents were not read since',
};

export function traceText({ document, versions, datasets, indexes, unknown }: Trace): string {
  return [
    document,
    ...versions.flatMap(versionLines),
    ...datasets.flatMap((dataset) => [
      `  dataset ${dataset.version}, of no registered version`,
      ...datasetLines(dataset),
    ]),
    ...indexes.map(
      ({ index, sha256, passages, withheld, isNewest }) =>
        `  index ${index}, snapshot ${sha256.slice(0, 12)}${isNewest ? ', which is the newest' : ''}: ${passages} ${passages === 1 ? 'passage' : 'passages'}${withheld > 0 ? ', withheld: it is gone' : ''}`,
    ),
    ...(unknown.length > 0 ? [`  not known of ${unknown.join(', ')}: the lists of their documents are gone`] : []),
  ].join('\n');
}

function versionLines(version: TracedVersion): string[] {
  const { model, candidate, servesAs, document, sha256, since, dataset, index } = version;
  const serves = servesAs.length > 0 ? `serves ${servesAs.join(', ')}` : 'serves nothing';
  return [
    `  ${model}@v${version.version} (${candidate}): ${serves}; saw ${document} as ${sha256.slice(0, 12)}: ${SINCE[since]}`,
    ...(dataset
      ? [`    dataset ${dataset.version}`, ...datasetLines(dataset)]
      : ['    its dataset is not here any more']),
    ...(index ? [`    answers from index ${index.name}, snapshot ${index.sha256.slice(0, 12)}`] : []),
  ];
}

function datasetLines({ examples, first }: TracedDataset): string[] {
  const counts = Object.entries(examples).map(([split, count]) => `${count} ${split}`);
  return [
    `      examples: ${counts.join(', ') || 'none'}`,
    ...first.map(({ id, question }) => `        ${id}: ${question}`),
  ];
}
