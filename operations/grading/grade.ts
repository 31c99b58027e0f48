import type { Client } from '@temporalio/client';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { RequestError } from '../../common/errors.ts';
import { GRADE, type GradeInput } from '../../contract/grading.ts';
import { samePerson } from '../../contract/people.ts';
import { sampleOf } from '../../evidence/sample/resolve.ts';
import type { KeptSample } from '../../evidence/sample/sample.ts';
import type { Grade, Grading } from '../../registry/grades/schema.ts';
import { tallies, type Tally } from '../../registry/grades/tally.ts';
import type { Registry } from '../../registry/store.ts';
import { sendUpdate } from '../send-update.ts';

type Where = {
  registry: Pick<Registry, 'promotion' | 'gradings'>;
  artifacts: Pick<ArtifactStore, 'list' | 'readText'>;
};

/** What a person can still grade of a promotion's blind sample. */
export interface OpenSample extends KeptSample {
  /** Numbers of the questions that they have not graded yet. */
  left: number[];
}

/**
 * The sample of a promotion, as far as this person has not graded it.
 * @param options.questions how many of it they want to grade
 * @throws RequestError where there is none; NotInRegistryError for a promotion that is not there
 */
export async function openSample(
  options: Where & { promotion: string; by: string; questions: number },
): Promise<OpenSample> {
  const { registry, promotion, by, questions } = options;
  const kept = await sampleOf(options);
  if (!kept)
    throw new RequestError(
      `promotion ${promotion} has no blind sample: its evidence page was not written, or by an earlier Whetstone. Read the answers on the page: npx whetstone report ${promotion}`,
    );
  if (kept.sample.questions.length === 0)
    throw new RequestError(
      `promotion ${promotion}: there is nothing to grade blind, for ${kept.sample.of.differ === 0 ? 'no answer differs' : 'all answers that differ stand on the evidence page with their names'}`,
    );
  const own = gradedBy(by, await registry.gradings(promotion));
  const numbers = kept.sample.questions.slice(0, questions).map((_, i) => i + 1);
  return { ...kept, left: numbers.filter((number) => !own.some(({ question }) => question === number)) };
}

/** Sends grades: the same Update that the Temporal UI sends. @throws RequestError in the promotion's words, where it refuses */
export const sendGrades = (client: Client, promotion: string, input: GradeInput): Promise<string> =>
  sendUpdate({ client, workflowId: promotion, update: GRADE, input, what: 'promotion' });

/** What one person's grades of a promotion came to, and whose each answer was. */
export interface Graded {
  tally: Tally | undefined;
  grades: (Grade & { candidate: 'a' | 'b' })[];
}

export async function gradedOf({
  registry,
  promotion,
  by,
  sample,
}: Where & { promotion: string; by: string } & KeptSample): Promise<Graded> {
  const gradings = await registry.gradings(promotion);
  return {
    tally: tallies(gradings).find((one) => samePerson(one.by, by)),
    grades: gradedBy(by, gradings).flatMap((grade) => {
      const sampled = sample.questions[grade.question - 1];
      return sampled ? [{ ...grade, candidate: sampled.candidate }] : [];
    }),
  };
}

const gradedBy = (by: string, gradings: readonly Grading[]): Grade[] =>
  gradings.filter((one) => samePerson(one.by, by)).flatMap(({ grades }) => grades);
