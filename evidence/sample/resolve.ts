import type { ArtifactStore } from '../../artifacts/store.ts';
import type { Graded } from '../../contract/grading.ts';
import type { Grade } from '../../registry/grades/schema.ts';
import type { Registry } from '../../registry/store.ts';
import { findSample } from './keep.ts';
import type { KeptSample } from './sample.ts';

/** From `a` and `b` to whose answers they are. */

type Where = { registry: Pick<Registry, 'promotion'>; artifacts: Pick<ArtifactStore, 'list' | 'readText'> };

/** The sample that belongs to a promotion. @throws NotInRegistryError for a promotion that is not there */
export async function sampleOf({
  registry,
  artifacts,
  promotion,
  id,
}: Where & { promotion: string; id?: string | undefined }): Promise<KeptSample | undefined> {
  const { evidenceSha256 } = await registry.promotion(promotion);
  return evidenceSha256 === undefined
    ? undefined
    : findSample(artifacts, { evaluation: evidenceSha256, promotion, id });
}

/** Grades with whose answers they prefer, and what judges had said; or why they can't be taken, in words. */
export async function resolveGrades(
  options: Where & { promotion: string; sample?: string | undefined; grades: readonly Graded[] },
): Promise<{ sample: string; grades: Grade[] } | { refused: string }> {
  const { sample: id, grades, promotion } = options;
  const kept = await sampleOf({ ...options, id });
  if (!kept) {
    const other = id === undefined ? undefined : await sampleOf(options);
    return {
      refused: other
        ? `sample: found ${id}, expected ${other.id}, the one of this promotion; nothing was changed`
        : `promotion ${promotion} has no blind sample, for it has no evidence page; nothing was changed`,
    };
  }
  const { questions } = kept.sample;
  const unknown = grades.filter(({ question }) => question > questions.length);
  if (unknown.length > 0)
    return {
      refused: `question: found ${unknown.map(({ question }) => question).join(', ')}, expected a number from 1 to ${questions.length}; nothing was changed`,
    };
  return {
    sample: kept.id,
    grades: grades.map(({ question, prefers, comment }) => {
      const { suite, questionId, candidate, verdicts } = questions[question - 1]!;
      return {
        question,
        suite,
        questionId,
        prefers: prefers === 'both' || prefers === 'neither' ? prefers : prefers === candidate ? 'candidate' : 'other',
        ...(comment && { comment }),
        verdicts,
      };
    }),
  };
}
