import { canonicalJson } from '../../common/canonical-json.ts';
import type { BuiltDataset } from '../assembly/build.ts';
import { streamExamples } from '../files/example-rows.ts';
import type { Example } from '../../schema/data.ts';
import { SplitNameSchema, type DatasetManifest, type SplitName } from '../../schema/manifest.ts';
import { normalise } from '../../language/text.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';

/** What became of a question between two versions. */
export interface QuestionChange {
  question: string;
  before?: { split: SplitName; answer: string };
  after?: { split: SplitName; answer: string };
}

export interface DatasetDiff {
  /** Questions of train, validation and test by what became of them; a few of each are shown. */
  counts: Record<ChangeKind, number>;
  shown: Record<ChangeKind, QuestionChange[]>;
  same: number;
  /** Rejects by reason, before and after, where they differ. */
  rejected: Record<string, { before: number; after: number }>;
  /** Fields of the recipe that differ, as JSON. */
  recipe: { field: string; before: string; after: string }[];
  /** Judges of another version: their scores don't compare. */
  judges: { judge: string; before?: string; after?: string }[];
}

export const CHANGE_KINDS = ['added', 'removed', 'answered otherwise', 'moved to another split'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

const SHOWN = 5;
const KEPT: readonly SplitName[] = SplitNameSchema.options.filter((split) => split !== 'rejected');

/** Compares two versions by the wording of their questions; rows are streamed, only wordings and answers are held. */
export async function diffDatasets(input: {
  before: BuiltDataset;
  after: BuiltDataset;
  store: ArtifactStore;
}): Promise<DatasetDiff> {
  const { before, after, store } = input;
  const known = new Map<string, { question: string; split: SplitName; answer: string }>();
  for (const split of KEPT)
    for await (const example of streamExamples({ ref: before.manifest.splits[split], store }))
      known.set(keyOf(example), { question: example.question, split, answer: example.answer });

  const diff = emptyDiff();
  const note = (kind: ChangeKind, change: QuestionChange) => {
    diff.counts[kind] += 1;
    if (diff.shown[kind].length < SHOWN) diff.shown[kind].push(change);
  };
  for (const split of KEPT) {
    for await (const example of streamExamples({ ref: after.manifest.splits[split], store })) {
      const key = keyOf(example);
      const was = known.get(key);
      known.delete(key);
      const now = { split, answer: example.answer };
      const change = {
        question: example.question,
        ...(was && { before: { split: was.split, answer: was.answer } }),
        after: now,
      };
      if (!was) note('added', change);
      else if (was.answer !== now.answer) note('answered otherwise', change);
      else if (was.split !== split) note('moved to another split', change);
      else diff.same += 1;
    }
  }
  for (const { question, ...was } of known.values()) note('removed', { question, before: was });
  return {
    ...diff,
    rejected: differing(before.manifest.rejected, after.manifest.rejected, 0),
    ...recipeChanges(before.manifest, after.manifest),
  };
}

/** With the turns before, for a last question such as "and for how long?" is asked of many things. */
const keyOf = ({ history, question }: Example) =>
  normalise([...history.map(({ content }) => content), question].join(' / '));

function emptyDiff(): Pick<DatasetDiff, 'counts' | 'shown' | 'same'> {
  const counts = Object.fromEntries(CHANGE_KINDS.map((kind) => [kind, 0])) as Record<ChangeKind, number>;
  const shown = Object.fromEntries(CHANGE_KINDS.map((kind) => [kind, [] as QuestionChange[]])) as Record<
    ChangeKind,
    QuestionChange[]
  >;
  return { counts, shown, same: 0 };
}

function differing<T>(before: Record<string, T>, after: Record<string, T>, none: T) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return Object.fromEntries(
    names.flatMap((name) => {
      const [one, other] = [before[name] ?? none, after[name] ?? none];
      return one === other ? [] : [[name, { before: one, after: other }]];
    }),
  );
}

function recipeChanges(before: DatasetManifest, after: DatasetManifest): Pick<DatasetDiff, 'recipe' | 'judges'> {
  const [{ judges: judgesBefore, ...one }, { judges: judgesAfter, ...other }] = [before.madeBy, after.madeBy];
  const recipe = differing(flat(recipeOf(one)), flat(recipeOf(other)), 'not set');
  const judges = differing(
    (judgesBefore ?? {}) as Record<string, string>,
    (judgesAfter ?? {}) as Record<string, string>,
    '',
  );
  return {
    recipe: Object.entries(recipe).map(([field, values]) => ({ field, ...values })),
    judges: Object.entries(judges).map(([judge, { before: was, after: is }]) => ({
      judge,
      ...(was && { before: was }),
      ...(is && { after: is }),
    })),
  };
}

/** What stands in the recipe too is told once. */
function recipeOf({ recipe, ...made }: Record<string, unknown>): Record<string, unknown> {
  if (typeof recipe !== 'object' || recipe === null) return made;
  const { target: _target, split: _split, seed: _seed, systemPrompt: _system, generation: prompt, ...rest } = made;
  return { ...rest, 'generation prompt': prompt, ...recipe };
}

/** Every value of a nested record by its dotted path, as JSON; a list is one value. */
function flat(value: unknown, path = ''): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { [path]: canonicalJson(value) };
  return Object.assign(
    {},
    ...Object.entries(value).map(([name, inner]) => flat(inner, path ? `${path}.${name}` : name)),
  ) as Record<string, string>;
}
