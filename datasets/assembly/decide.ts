import type { GenerationConfig, SplitConfig } from '../../configs/schema.ts';
import { leaveOutContaminated, type SuiteWordings } from './contamination.ts';
import { countJudging, noJudging, type JudgingCounts } from './count-judging.ts';
import type { Passage } from '../../schema/data.ts';
import { dedupe } from './dedupe.ts';
import { yesOrNo } from '../../language/echo.ts';
import { importedFrom, originOf } from '../../schema/origin.ts';
import { notTextIn } from '../../schema/plain-text.ts';
import { kindQuotas } from '../../generation/tasks/plan-tasks.ts';
import type { LeftOut } from '../../schema/reject.ts';
import type { Example, TeacherSkip, Wording } from '../../schema/data.ts';
import type { DatasetManifest } from '../../schema/manifest.ts';
import { leaveOutSemantic, type SemanticFilter } from './semantic-duplicates.ts';
import type { SourceQuota } from '../../generation/tasks/source-quotas.ts';
import { splitWordings } from './split.ts';
import { limitOpeners, openerOf } from './spread.ts';
import type { AskedChanges } from '../../documents/changes/asked-changes.ts';
import { DatasetError } from '../../common/errors.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';

/** What of all that was generated is kept, and in which split; the rest has its reason. */

export interface DatasetInput {
  name: string;
  /** Everything that was generated, judged: kept and rejected. Read twice, so that no more than wordings need be held in memory. */
  examples: () => AsyncIterable<Example>;
  /** Every passage of the documents, those withheld from the teacher too; read twice. */
  passages: () => AsyncIterable<Passage>;
  /** What the teacher said that it asked nothing of. */
  teacherSkips: () => AsyncIterable<TeacherSkip>;
  split: SplitConfig;
  seed: number;
  /** How many examples are wanted over all splits, and of which kinds. */
  generation: Pick<GenerationConfig, 'target' | 'kinds'>;
  /** Goes before every chat example; none when empty. */
  systemPrompt: string;
  /** Finds questions that ask the same in other words; without it only wordings are compared. */
  semantic?: SemanticFilter | undefined;
  /** Files of imported pairs, and how many of each may be kept. */
  sources?: readonly SourceQuota[];
  /** Suite files, which the dataset must not teach, and from what similarity on it would. */
  suites: readonly SuiteWordings[];
  contamination: number;
  /** What the documents say otherwise than those of what serves: its facts come first, and each is held out for test in some wording. */
  changes?: AskedChanges | undefined;
  /** What the examples were made from: counts, the hash of the document set, licences and what was found in the documents. */
  source: { documents: number; documentsSha256: string; chunks: number } & Pick<
    DatasetManifest,
    'licences' | 'personalData' | 'personalDataRule' | 'instructions'
  >;
  /** What else made it (config, teacher, judges' versions, Whetstone's version): no clock, no paths, it is hashed. */
  madeBy: Record<string, unknown>;
  store: ArtifactStore;
}

/** What becomes of everything that was generated. */
export interface DecidedDataset {
  generated: number;
  kept: Wording[];
  /** By id: a side, or why it is left out. What the judges rejected is not among them. */
  fates: Map<string, Side | LeftOut<Wording>>;
  reasons: Record<string, number>;
  judges: Map<string, string>;
  moved: number;
  /** Examples that the target lacks: in all, or of kinds that are asked for in shares. */
  missing: number;
  kinds: DatasetManifest['kinds'];
  corrections: DatasetManifest['corrections'];
  judging: JudgingCounts;
}

/**
 * Reads everything once and decides: duplicates, the target, the splits.
 * @throws DatasetError when two examples share an id, or one is rejected without a reason
 */
export async function decideDataset(
  input: Pick<
    DatasetInput,
    'examples' | 'split' | 'seed' | 'generation' | 'suites' | 'contamination' | 'sources' | 'semantic' | 'changes'
  >,
): Promise<DecidedDataset> {
  const { split, seed, generation, suites, contamination, sources = [], semantic } = input;
  const { nearDuplicate } = split;
  const read = await readWordings(input.examples(), input.changes);
  const unique = await dedupe({ rows: read.accepted, nearDuplicate });
  const clean = await leaveOutContaminated({ rows: unique.kept, suites, contamination, nearDuplicate });
  const meant = semantic
    ? await leaveOutSemantic({ rows: clean.kept, filter: semantic })
    : { kept: clean.kept, leftOut: [] };
  const spread = limitOpeners(meant.kept);
  const { train, validation, test, ...capped } = await splitWordings({
    rows: spread.kept,
    split,
    seed,
    generation,
    sources,
  });
  const kept = [...train, ...validation, ...test];
  const leftOut = [
    ...read.garbled,
    ...unique.leftOut,
    ...clean.leftOut,
    ...meant.leftOut,
    ...spread.leftOut,
    ...capped.leftOut,
  ];
  const reasons = countReasons(read.rejected, leftOut);
  assertNothingLost({ generated: read.generated, kept: kept.length, reasons });
  return {
    generated: read.generated,
    kept,
    fates: fatesOf({ train, validation, test }, leftOut),
    reasons,
    judges: read.judges,
    moved: capped.moved,
    ...countKinds(generation, kept),
    corrections: read.corrections,
    judging: read.judging,
  };
}

interface ReadWordings {
  generated: number;
  accepted: Wording[];
  /** What the judges passed, and what is no text: whatever judges a config has, it reaches no file to train on. */
  garbled: LeftOut<Wording>[];
  /** Counts of those that the judges rejected, by first reason. */
  rejected: Map<string, number>;
  /** Versions of the judges that judged. */
  judges: Map<string, string>;
  corrections: DatasetManifest['corrections'];
  judging: JudgingCounts;
}

async function readWordings(
  examples: AsyncIterable<Example>,
  changes: AskedChanges | undefined,
): Promise<ReadWordings> {
  const read: ReadWordings = {
    generated: 0,
    accepted: [],
    garbled: [],
    rejected: new Map(),
    judges: new Map(),
    corrections: undefined,
    judging: noJudging(),
  };
  const seen = new Set<string>();
  for await (const example of examples) {
    const { id, verdict, correctionOf } = example;
    if (seen.has(id))
      throw new DatasetError(`two examples have the id ${id}; expected each once. Was a shard counted twice?`);
    seen.add(id);
    read.generated += 1;
    for (const { judge, version } of verdict.judgements) read.judges.set(judge, version);
    countJudging(read.judging, verdict.judgements);
    if (correctionOf !== undefined) {
      read.corrections ??= { asked: 0, saved: 0 };
      // A second try corrects the first one's correction: one example went back, however often.
      const origin = originOf(example);
      if (origin.kind === 'correction' && origin.attempt === 1) read.corrections.asked += 1;
      if (verdict.decision === 'keep') read.corrections.saved += 1;
    }
    if (verdict.decision === 'reject') {
      count(read.rejected, verdict.reasons[0] ?? missingReason(id));
      continue;
    }
    const row: Wording = {
      ...wordingOf(example),
      ...((changes?.find(example).length ?? 0) > 0 && { isChanged: true }),
    };
    const why = notTextIn(example);
    if (why === undefined) read.accepted.push(row);
    else read.garbled.push({ row, reason: 'not-text', why });
  }
  return read;
}

/** What of an example decides whether it is kept: held for all of them, so no more than that. */
function wordingOf(example: Example): Wording {
  const { id, factId, chunkId, kind, question, answer, history } = example;
  const says = yesOrNo(answer);
  // All that the person says: a last question such as "and for how long?" says little by itself.
  const asked = [...history.filter(({ role }) => role === 'user').map(({ content }) => content), question].join(' ');
  const file = importedFrom(example);
  const made = file !== undefined ? { importedFrom: file } : { opener: openerOf(question), ...(says && { says }) };
  return { id, factId, chunkId, kind, question: asked, ...made };
}

/** How many are kept of what was wanted: of each kind where the config says shares, else in all. */
function countKinds(
  generation: Pick<GenerationConfig, 'target' | 'kinds'>,
  kept: readonly Pick<Wording, 'kind'>[],
): Pick<DecidedDataset, 'missing' | 'kinds'> {
  const wanted = kindQuotas(generation);
  if (!wanted) return { missing: Math.max(0, generation.target - kept.length), kinds: undefined };
  const counts = Map.groupBy(kept, ({ kind }) => kind);
  const kinds = [...wanted].map(([kind, n]) => [kind, { wanted: n, kept: counts.get(kind)?.length ?? 0 }] as const);
  const missing = kinds.reduce((sum, [, { wanted: n, kept: have }]) => sum + Math.max(0, n - have), 0);
  return { missing, kinds: Object.fromEntries(kinds) };
}

export type Side = 'train' | 'validation' | 'test';

/** What becomes of each accepted example, by id: a side, or the reason why it is left out. */
function fatesOf(sides: Record<Side, Wording[]>, leftOut: LeftOut<Wording>[]): Map<string, Side | LeftOut<Wording>> {
  const fates = new Map<string, Side | LeftOut<Wording>>();
  for (const side of ['train', 'validation', 'test'] as const) for (const { id } of sides[side]) fates.set(id, side);
  for (const left of leftOut) fates.set(left.row.id, left);
  return fates;
}

/** Rejects by their first reason, so that the counts add up to the rejects. Sorted by reason. */
function countReasons(judged: Map<string, number>, leftOut: LeftOut<Wording>[]): Record<string, number> {
  const counts = new Map(judged);
  for (const { reason } of leftOut) count(counts, reason);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const count = (counts: Map<string, number>, reason: string) => void counts.set(reason, (counts.get(reason) ?? 0) + 1);

function missingReason(id: string): never {
  throw new DatasetError(`example ${id} is rejected without a reason; expected one in verdict.reasons`);
}

function assertNothingLost(counts: { generated: number; kept: number; reasons: Record<string, number> }): void {
  const { generated, kept, reasons } = counts;
  const rejected = Object.values(reasons).reduce((sum, count) => sum + count, 0);
  if (generated === kept + rejected) return;
  throw new DatasetError(
    `${generated} examples were generated, but ${kept} kept and ${rejected} rejected: some were lost`,
  );
}
