import { patched } from '@temporalio/workflow';
import type { DatasetResult, DocumentsResult, ResolvedRun } from '../contract/dataset-stages.ts';
import type { DataRef } from '../schema/data.ts';
import { checkId } from './runs/going-on.ts';
import * as activity from './proxies.ts';
import type { RunBudget } from './run-budget.ts';
import type { RunState } from './run-state.ts';
import { roundsOf } from '../contract/shards.ts';
import { generateRound, judgeImports, type Round } from './stage-generation.ts';

/** From a config to a dataset: what `improveModel` begins with, and all that `buildDataset` does. */
export async function makeDataset(
  run: RunState,
  options: {
    source: string | Record<string, unknown>;
    budget: RunBudget;
    /** Whether the dataset is trained on and evaluated by its test split, where a suite asks for it. */
    testNeeded: boolean;
    /** Called once the config is read, before anything is done with it, and once the documents are: either may end the run. */
    onConfig?: (resolved: ResolvedRun) => Promise<void>;
    onRead?: (resolved: ResolvedRun, documents: DocumentsResult) => Promise<void>;
    /** Called once the documents are read and the models tried, for work that needs nothing more; awaited before questions are generated. */
    onDocuments?: (resolved: ResolvedRun, documents: DocumentsResult) => Promise<void>;
  },
): Promise<{ resolved: ResolvedRun; documents: DocumentsResult; dataset: DatasetResult }> {
  const { source, budget, testNeeded, onConfig, onRead, onDocuments } = options;
  const resolved = await run.stage(
    'config',
    () => activity.resolveConfig({ config: source }),
    (r) => `${r.source}, hash ${r.configHash.slice(0, 12)}`,
  );
  run.setModel(resolved.config.name);
  checkId(resolved);
  await onConfig?.(resolved);
  budget.start(resolved.config.budget);

  const { probed: _probed, ...documents } = await run.stage(
    'documents',
    async () => {
      const { config } = resolved;
      const since = patched('corrections')
        ? await activity.findIncumbent({ model: config.name, alias: config.promote.alias })
        : null;
      const read = await activity.readDocuments({ config, ...(since && { since }) });
      run.failed(read.failures, resolved.config);
      await onRead?.(resolved, read);
      const indexed = await indexPassages({ config, budget }, read);
      const notes = [...(read.notes ?? []), ...(indexed.notes ?? [])];
      return {
        ...read,
        ...indexed,
        ...(notes.length > 0 && { notes }),
        probed: await probeModels(run, { resolved, budget }),
      };
    },
    (r) => `${plural(r.documents, 'document')}, ${plural(r.chunks.rows, 'chunk')}${screened(r)}${r.probed}`,
  );
  await onDocuments?.(resolved, documents);
  return { resolved, documents, dataset: await generateToTarget(run, { resolved, documents, budget, testNeeded }) };
}

/** The snapshot that answers are given from, where the config has them given from documents. */
async function indexPassages(
  { config, budget }: { config: ResolvedRun['config']; budget: RunBudget },
  { chunks, restricted, list, presence, layers }: DocumentsResult,
): Promise<Pick<DocumentsResult, 'index' | 'notes' | 'layers'>> {
  if (!config.retrieval || !list) return {};
  const { index, notes, ...indexed } = await budget.spend((terms) =>
    activity.indexDocuments({
      ...terms,
      config,
      chunks,
      list,
      ...(restricted && { restricted }),
      ...(presence && { presence }),
      ...(layers && { layers }),
    }),
  );
  return { index, ...(notes && { notes }), ...(indexed.layers && { layers: indexed.layers }) };
}

/** Asks each model behind a network one small thing, before it is paid for more. Returns what to say of it. */
async function probeModels(run: RunState, options: { resolved: ResolvedRun; budget: RunBudget }): Promise<string> {
  const { resolved, budget } = options;
  if (!resolved.remoteModels || !patched('models-are-probed')) return '';
  const probes = await budget.spend((terms) => activity.probeModels({ ...terms, config: resolved.config }));
  if (probes.length === 0) return '';
  const problems = probes.filter(({ status }) => status !== 'read');
  run.warn(
    problems.map(({ use, model, status, why = '' }) =>
      status === 'unread'
        ? `${model} as ${use}: its reply to a first small request can't be read. ${why}`
        : `${model} as ${use}: a first small request failed. ${why}`,
    ),
  );
  return `; ${probes.length - problems.length} of ${probes.length} models answered a first request${problems.length > 0 ? ' as asked' : ''}`;
}

/** What the closing line says beside the counts. */
export const told = ({ missing, warnings, statements }: DatasetResult) => ({
  ...(missing !== undefined && { missing }),
  ...(warnings && { warnings }),
  ...(statements && { statements }),
});

/** What a person should know of the documents before anything is made of them. */
function screened({ personalData, instructions, skipped, imports, notes = [], changes }: DocumentsResult): string {
  const kinds = Object.entries(personalData).map(([kind, count]) => `${count} ${kind}`);
  return [
    ...(kinds.length > 0 ? [`; personal data: ${kinds.join(', ')}`] : []),
    ...(instructions.found > 0 ? [`; ${plural(instructions.found, 'text')} meant to instruct a model`] : []),
    ...(imports.rows > 0 ? [`; ${plural(imports.rows, 'pair')} imported`] : []),
    ...(skipped > 0 ? [`, ${plural(skipped, 'passage')} skipped for it`] : []),
    ...notes.map((note) => `; ${note}`),
    changedSince(changes),
  ].join('');
}

/** What the documents say otherwise than those of what serves. */
function changedSince(changes: DocumentsResult['changes']): string {
  if (!changes) return '';
  const since = `; since version ${changes.since}`;
  if (changes.status === 'unknown') return `${since} not compared: ${changes.why}`;
  const { changed, added, removed } = changes;
  return `${since}: ${plural(changed, 'statement')} changed, ${added} added, ${removed} removed`;
}

const plural = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;

/**
 * Generates, judges and assembles. Where fewer examples are left than the target, further chunks are asked, or the same again, until
 * the target is met, a round adds nothing, or `maxRounds` is reached.
 */
async function generateToTarget(
  run: RunState,
  options: { resolved: ResolvedRun; documents: DocumentsResult; budget: RunBudget; testNeeded: boolean },
): Promise<DatasetResult> {
  const { resolved, documents, budget, testNeeded } = options;
  const { config, configHash } = resolved;
  const { target } = config.generation;
  const rounds = roundsOf(config);
  const shards: DataRef[] = [];
  const skipped: DataRef[] = [];
  const asked: DataRef[] = [];
  let accepted = 0;
  let round: Round = { tasks: documents.tasks, number: 0 };
  for (;;) {
    await run.stage(
      'generation',
      async () => {
        // Imported pairs once, before the first round.
        const imported =
          round.number === 0 ? await judgeImports(run, { resolved, budget, imports: documents.imports }) : [];
        const made = await generateRound(run, { resolved, budget, round });
        shards.push(...imported, ...made.examples);
        skipped.push(...made.skipped);
      },
      () =>
        `${plural(run.progress.generation.questions, 'question')}, ${run.progress.generation.kept} kept by the judges`,
    );
    const next = round.number + 1;
    asked.push(round.tasks);
    const nextRound = next < rounds ? { sample: next, above: accepted, asked: [...asked] } : null;
    const made = await run.stage(
      'dataset',
      () =>
        budget.spend((terms) =>
          activity.assembleDataset({
            ...terms,
            config,
            configHash,
            documents,
            shards,
            skipped,
            testNeeded,
            nextRound,
          }),
        ),
      (m) => {
        if (m.status === 'short') return `${m.missing} of ${target} are missing: further questions are asked`;
        const { version, generated, kept } = m.dataset;
        // A target that nobody writes pairs for is only the most that is kept.
        const missing = config.generation.synthetic
          ? `, ${target - kept} fewer than the target after round ${next}`
          : ` of ${target} at most`;
        const short = kept < target ? missing : '';
        const warnings = (m.dataset.warnings ?? []).map((warning) => `. ${warning}`).join('');
        return `version ${version}: ${generated} generated, ${kept} kept${short}${warnings}`;
      },
    );
    if (made.status === 'built') {
      run.failed(made.failures, config);
      return made.dataset;
    }
    accepted = made.accepted;
    round = { tasks: made.tasks, number: next };
  }
}
