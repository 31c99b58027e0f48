import { midSentence } from './words/clause.ts';
import type { Asked } from './forms/forms.ts';
import { isPlural } from './words/heads.ts';
import type { Planned } from './planned.ts';
import { tokenise } from './words/tokens.ts';
import type { Topic } from './words/topic.ts';
import { tagged } from './forms/trust.ts';

/** "In stage IIB, the tumor is larger than 3 centimeters.", "Stage IA: The tumor is in the lung only." */
export function stageOf(sentence: string, { condition }: Topic): Planned | undefined {
  const stage = /^(?:In )?(stage [IVX\d]+[A-D]?\d?)(?:, (?:the )?(?:cancer|tumou?r)\b|: \p{L})/iu.exec(sentence)?.[1];
  if (stage === undefined || condition === undefined || !/cancer|oma\b|tumou?r/.test(condition)) return undefined;
  const named = `${stage.charAt(0).toLowerCase()}${stage.slice(1)}`;
  return {
    status: 'plan',
    plan: { gaps: tagged('stage', ofStage(named, condition)), kind: 'factual', answer: sentence },
  };
}

/** "Blood chemistry study: A procedure in which ...": a term and what it is. */
export function definition(sentence: string): Planned | undefined {
  const [, term = ''] =
    /^([\p{L}\p{N}][^.:;!?]{2,60}?)\s?: (?=(?!(?:Studies|Research|People|Patients|Having|Being|Some|Many|Most) )(?:(?:An?|The) [\p{L} -]{3,40}? (?:in which|that|which|to|of|done|used|where|for|who|with)|\p{Lu}[\p{L} -]{3,40}? (?:that|in which|which|who))\b)/u.exec(
      sentence,
    ) ?? [];
  if (
    term === '' ||
    term.split(' ').length > 7 ||
    /\b(?:is|are|may|can|include|includes|following|stage|note|example|step|type)\b/i.test(term)
  )
    return undefined;
  const tokens = tokenise(term);
  const many = isPlural(tokens);
  const be = many ? 'are' : 'is';
  const named = midSentence(tokens);
  const counted =
    !many &&
    /\b(?:tests?|exam|examination|scan|study|procedure|biopsy|x-ray|device|plan|drug|agent|method|ultrasound|endoscopy|needle|pump|laser|knife|saw|machine|form|card|code|valve|switch|[a-z]+gram|[a-z]+scopy|[a-z]+ectomy|aspiration|biopsy)\b\W*(?:\([^)]*\))?$/i.test(
      term,
    );
  const said = counted
    ? `${/^(?:[aeiouAEIOU]|x-|[FHLMNRSX][A-Z])/.test(named) && !/^(?:u[nsr]i|ure|eu)/i.test(named) ? 'an' : 'a'} ${named}`
    : named;
  if (!counted && / and /.test(term)) return undefined;
  const gaps = [
    { direct: `what ${be} ${said}`, embedded: `what ${said} ${be}`, names: true },
    { direct: `what is meant by ${said}`, names: true },
    { direct: `how would you explain ${said}`, names: true },
  ];
  return { status: 'plan', plan: { gaps: tagged('definition', gaps), kind: 'factual', answer: sentence } };
}

/** What a stage of the passage's illness is. */
export const ofStage = (stage: string, condition: string): Asked[] => [
  { direct: `what is ${stage} ${condition}`, embedded: `what ${stage} ${condition} is`, names: true },
  { direct: `what does ${stage} of ${condition} mean`, embedded: `what ${stage} of ${condition} means`, names: true },
];
