import { createHash } from 'node:crypto';
import { sha256Of } from '../../common/hash.ts';
import type { Answer, Evaluation, SuiteResult } from '../../schema/evaluation.ts';
import type { Asked } from '../changes.ts';
import type { EvidencePage } from '../page.ts';
import { shown } from '../visible.ts';
import { MOST_SAMPLED, type Sample, type Sampled } from './sample.ts';

/** Draws a blind sample. The promotion's id decides which questions, the answers themselves which of two comes first. */

const MOST_QUESTION = 400;
const MOST_ANSWER = 1_200;
const MUCH = 20_000;
/** The page names no more than that: so many are held besides. */
const MOST_NAMED = 100;

interface Drawn {
  lot: string;
  slice: string;
  sampled: Omit<Sampled, 'a' | 'b' | 'candidate'>;
  ofCandidate: Sampled['a'];
  ofOther: Sampled['a'];
}

export type Sampler = ReturnType<typeof createSampler>;

/**
 * Collects, question by question. All whose answers differ have the same chance, by a hash of the promotion's id and the question's; only as many as
 * could be asked are held. Which answer comes first hangs on a hash of all that was answered and judged, and of how long it took: it is the same for whoever has the answers,
 * and nobody finds it out who has the page alone.
 */
export function createSampler(options: {
  promotion: string;
  candidate: string;
  against: string;
  judges: Evaluation['judges'];
}) {
  const { promotion, candidate, against, judges } = options;
  const secret = createHash('sha256').update(promotion);
  const of = { questions: 0, differ: 0, named: 0 };
  let held: Drawn[] = [];
  const cut = () => {
    held = held.sort((a, b) => (a.lot < b.lot ? -1 : 1)).slice(0, MOST_SAMPLED + MOST_NAMED);
  };
  return {
    add({ name: suite }: Pick<SuiteResult, 'name'>, asked: Asked): void {
      const [after, before] = [asked.get(candidate), asked.get(against)];
      if (!after || !before) return;
      for (const { questionId, answer, latencyMs, judgements } of [after, before]) {
        const scores = judgements.map(({ judge, label, score }) => [judge, label, score]);
        secret.update(JSON.stringify([suite, questionId, latencyMs, scores])).update(answer);
      }
      of.questions += 1;
      if (isSame(after.answer, before.answer)) return;
      of.differ += 1;
      const { questionId, question, reference, slice = '' } = after;
      held.push({
        lot: sha256Of(`${promotion}\0${suite}\0${questionId}`),
        slice: `${suite}\0${slice}`,
        sampled: {
          suite,
          questionId,
          question: shown(question, MOST_QUESTION),
          reference: shown(reference, MOST_ANSWER),
          verdicts: verdictsOf(after, before, judges),
        },
        ofCandidate: shown(after.answer, MOST_ANSWER),
        ofOther: shown(before.answer, MOST_ANSWER),
      });
      if (held.length >= 2 * (MOST_SAMPLED + MOST_NAMED)) cut();
    },

    /** @param named what the page shows with the names of its answers: who has read it is not blind any more */
    result({ evaluation, named }: { evaluation: string; named: ReadonlySet<string> }): Sample {
      cut();
      const key = secret.copy().digest('hex');
      const unnamed = held.filter(({ sampled }) => !named.has(nameOf(sampled)));
      const questions = spread(unnamed.slice(0, MOST_SAMPLED)).map(({ sampled, ofCandidate, ofOther }): Sampled => {
        const first = Number.parseInt(sha256Of(`${key}\0${nameOf(sampled)}`).slice(0, 2), 16) < 128;
        const [a, b] = first ? [ofCandidate, ofOther] : [ofOther, ofCandidate];
        return { ...sampled, a, b, candidate: first ? 'a' : 'b' };
      });
      return { promotion, evaluation, of: { ...of, named: named.size }, questions };
    },
  };
}

export const nameOf = ({ suite, questionId }: { suite: string; questionId: string }): string =>
  `${suite}\0${questionId}`;

/** The questions of which a page says which answer is whose. @param corrections the evaluation's, which name the suite of the page's */
export function namedOn(
  page: Pick<EvidencePage, 'changes' | 'safety' | 'corrections'>,
  corrections?: Evaluation['corrections'],
): ReadonlySet<string> {
  const { changes, safety } = page;
  const suite = corrections?.status === 'known' ? corrections.suite : '';
  const corrected = (page.corrections?.answers ?? []).map(({ questionId }) => ({ suite, questionId }));
  return new Set(
    [...changes.worse, ...changes.better, ...changes.stillWrong, ...safety.shown, ...corrected].map(nameOf),
  );
}

/** But for space, in answers that a person would read whole. */
const isSame = (one: string, other: string) =>
  one === other || (one.length + other.length < MUCH && words(one) === words(other));
const words = (text: string) => text.trim().replace(/\s+/g, ' ');

/** Judges that said something of both answers. */
function verdictsOf(after: Answer, before: Answer, judges: Evaluation['judges']): Sampled['verdicts'] {
  return Object.fromEntries(
    after.judgements.flatMap(({ judge: metric, version, score }) => {
      const other = before.judgements.find((one) => one.judge === metric && one.version === version);
      return other
        ? [[metric, { judge: judges[metric]?.name ?? metric, version, candidate: score, other: other.score }]]
        : [];
    }),
  );
}

/**
 * In an order of which each beginning holds of every slice its share: one that has a twentieth of the questions is among the first twenty. Within a
 * slice by lot; each slice begins at a place that the lot of its first question gives it.
 */
function spread(drawn: readonly Drawn[]): Drawn[] {
  const placed = [...Map.groupBy(drawn, ({ slice }) => slice).values()].flatMap((part) => {
    const start = Number.parseInt(sha256Of(part[0]!.lot).slice(0, 8), 16) / 0x1_0000_0000;
    return part.map((one, i) => ({ one, place: (i + start) / part.length }));
  });
  return placed.sort((a, b) => a.place - b.place || (a.one.lot < b.one.lot ? -1 : 1)).map(({ one }) => one);
}
