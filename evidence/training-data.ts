import type { ArtifactStore } from '../artifacts/store.ts';
import { ArtifactError } from '../common/errors.ts';
import { shortened } from '../common/shortened.ts';
import { openDataset } from '../datasets/assembly/build.ts';
import { CHANGE_KINDS, diffDatasets, type ChangeKind } from '../datasets/versions/diff.ts';
import { shown, visible, type Shown } from './visible.ts';

/** What the candidate learnt from, beside what the version learnt from that serves now. */

/** Where the datasets lie; `before` is missing where nothing serves that learnt from one. */
export interface Datasets {
  before?: { uri: string } | undefined;
  after: { uri: string };
}

export type TrainingData =
  | { status: 'same'; version: string }
  /** Why they could not be compared. */
  | { status: 'unknown'; why: string }
  | {
      status: 'differs';
      before: string;
      after: string;
      /** Questions that both have, with the same answers. */
      same: number;
      kinds: { kind: ChangeKind; count: number; shown: DataChange[] }[];
      /** What was made otherwise: settings, and judges of other versions. */
      settings: { field: string; before: string; after: string }[];
    };

export interface DataChange {
  question: Shown;
  /** The part of the dataset: train, validation or test. */
  part: string;
  before?: Shown;
  after?: Shown;
}

const MOST = 300;
const SETTINGS = 20;
const SETTING = 80;

/** A diff of the two datasets, of which some of each change are shown; undefined where there is nothing to compare with. */
export async function compareTrainingData(
  artifacts: ArtifactStore,
  { before: old, after: current }: Datasets,
): Promise<TrainingData | undefined> {
  if (!old) return undefined;
  try {
    const before = await openDataset({ uri: old.uri, store: artifacts });
    const after = await openDataset({ uri: current.uri, store: artifacts });
    if (before.sha256 === after.sha256) return { status: 'same', version: after.version };
    const diff = await diffDatasets({ before, after, store: artifacts });
    const judges = diff.judges.map((one) => ({
      field: `judge ${one.judge}`,
      before: one.before ?? 'not asked',
      after: one.after ?? 'not asked',
    }));
    return {
      status: 'differs',
      before: before.version,
      after: after.version,
      same: diff.same,
      kinds: CHANGE_KINDS.flatMap((kind) =>
        diff.counts[kind] === 0
          ? []
          : [
              {
                kind,
                count: diff.counts[kind],
                shown: diff.shown[kind].map(({ question, before: was, after: is }) => ({
                  question: shown(question, MOST),
                  part:
                    was && is && was.split !== is.split ? `${was.split} to ${is.split}` : ((is ?? was)?.split ?? ''),
                  ...(was && { before: shown(was.answer, MOST) }),
                  ...(is && { after: shown(is.answer, MOST) }),
                })),
              },
            ],
      ),
      settings: [...judges, ...diff.recipe].slice(0, SETTINGS).map(({ field, before: was, after: is }) => ({
        field: visible(field),
        before: visible(shortened(was, SETTING)),
        after: visible(shortened(is, SETTING)),
      })),
    };
  } catch (error) {
    // A clean-up may have taken the older one, or somebody changed it. A store that can't be reached is tried again.
    if (error instanceof ArtifactError) return { status: 'unknown', why: visible(error.message) };
    throw error;
  }
}
