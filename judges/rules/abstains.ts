import { normalise } from '../../language/text.ts';
import { inEnglish } from '../applies.ts';
import { UNIT_SCALE, type Judge, type Subject } from '../types.ts';

/**
 * Abstention as a rule: a question that the material does not answer must be answered by saying so. Asked of pairs of the kind
 * `unanswerable` alone: whether another answer may abstain is a question of its grounding.
 */
export interface AbstentionResult {
  label: 'abstains' | 'answers';
  score: 0 | 1;
  reason: string;
}

const SAYS_SO = [
  // An order (`Do not give ...`) says nothing of the material.
  /\bdo ?(?:not|n't) (?:\w+ ){0,2}?(?:say|state|tell|mention|specify|cover|address|describe|discuss|explain|indicate|answer|contain)\b/,
  /\b(?:does|did|is|are|was|were|can|could|has|have) ?(?:not|n't) (?:\w+ ){0,2}?(?:say|state|tell|mention|specify|give|cover|address|describe|discuss|include|provide|explain|list|indicate|said|stated|mentioned|specified|given|covered|addressed|described|discussed|included|provided|known|answer|contain|details?)\b/,
  /\b(?:cannot|can't|can not|unable to|not able to|not possible to) (?:\w+ ){0,2}?(?:answer|tell|say|determine|find|confirm|know)\b/,
  /\b(?:no|not any|not enough|insufficient) (?:\w+ ){0,2}?(?:information|details?|figures?|guidance|mention|data|answer|advice|statement|evidence)\b/,
  /\b(?:i|we) (?:do not|don't) (?:know|have)\b|\bnot (?:known|clear|covered|stated|specified|mentioned|available) (?:in|by|from|here)\b|\bsays? nothing\b|\bis silent\b/,
];

/** Judges one answer. Pure. */
export function judgeAbstention({ answer }: Pick<Subject, 'answer'>): AbstentionResult {
  const text = normalise(answer);
  const found = SAYS_SO.map((pattern) => pattern.exec(text)?.[0]).find((phrase) => phrase !== undefined);
  return found === undefined
    ? { label: 'answers', score: 0, reason: 'it does not say that the material leaves the question open' }
    : { label: 'abstains', score: 1, reason: `it says so: '${found}'` };
}

/** The rule as a judge: filters pairs. */
export function createAbstainsJudge(): Judge {
  const version = 'rule-1';
  return {
    name: 'abstains',
    version,
    scale: UNIT_SCALE,
    passScore: 1,
    applies: (subject) => subject.kind === 'unanswerable' && inEnglish(subject),
    judge: async (subject) => ({ judge: 'abstains', version, ...judgeAbstention(subject) }),
  };
}
