import type { Activities } from '../contract/activities.ts';
import { samePerson } from '../contract/people.ts';
import { resolveGrades } from '../evidence/sample/resolve.ts';
import { orderAgreements, orderWords, tallies, tallyWords } from '../registry/grades/tally.ts';
import type { ControlDependencies } from './dependencies.ts';

/** Looks up whose the graded answers are, and writes the grades down. */
export function gradingActivities({
  registry,
  artifacts,
  now,
}: Pick<ControlDependencies, 'registry' | 'artifacts' | 'now'>): Pick<Activities, 'recordGrades'> {
  return {
    async recordGrades({ promotionId, updateId, by, sample, grades }) {
      const resolved = await resolveGrades({ registry, artifacts, promotion: promotionId, sample, grades });
      if ('refused' in resolved) return { status: 'refused', message: resolved.refused };
      const recorded = await registry.recordGrading({ promotionId, updateId, by, ...resolved, at: now() });
      if (recorded.status === 'refused') return recorded;
      const all = await registry.gradings(promotionId);
      const told = tallies(all);
      const own = told.find((one) => samePerson(one.by, by));
      const lines = told.map((one) => `${one.by} (name as claimed) ${tallyWords(one)}`);
      return {
        status: 'recorded',
        graded: all.reduce((sum, one) => sum + one.grades.length, 0),
        own: own ? `${own.by} ${tallyWords(own)}` : '',
        lines: [...lines, ...orderAgreements(all).map(orderWords)],
      };
    },
  };
}
