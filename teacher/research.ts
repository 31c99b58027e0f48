import { names, type Topic } from './words/topic.ts';
import type { Planned } from './planned.ts';
import { withoutHeading } from './words/plain.ts';

const BODY =
  /^(?:The )?(?:NINDS|NIH|(?:\p{Lu}\S+ )?National (?:Institutes? (?:of|on)|Cancer Institute|Library)|U\.S\. )/u;
const WORKS =
  /\b(?:conducts?|supports?|sponsors?|funds?|carr(?:y|ies) out|performs?)\b[^.]*\b(?:research|stud(?:y|ies)|investigations?|trials?)\b/;

/** "The National Institute of ... conducts research on X": who does research on the passage's illness. */
export function researchOf(sentence: string, { condition }: Topic): Planned | undefined {
  const told = withoutHeading(sentence);
  if (condition === undefined || !BODY.test(told) || !WORKS.test(told) || !names(told, condition)) return undefined;
  const gaps = [
    { direct: `who supports research on ${condition}`, embedded: `who supports research on ${condition}`, names: true },
    { direct: `which institutes study ${condition}`, embedded: `which institutes study ${condition}`, names: true },
  ];
  return {
    status: 'plan',
    plan: { gaps: gaps.map((gap) => ({ ...gap, form: 'research' as const })), kind: 'factual', answer: told },
  };
}
