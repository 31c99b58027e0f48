import { createHash } from 'node:crypto';
import { words } from '../../datasets/text.ts';
import { type Clause, parseClause } from './clause.ts';
import { copulaGaps } from './copula.ts';
import { type Asked, Forms, words as put } from './forms.ts';
import { actionGaps } from './gaps.ts';
import { sceneOf } from './scene.ts';
import { instructionClause, type Plan, planAdvice } from './imperatives.ts';
import { UNRESOLVED } from './lexicon.ts';
import { type Conjugator, expandNegations, join, tokenise } from './tokens.ts';

const LIMIT =
  /\b(?:must not|should not|never|avoid|limit|doses?|overdose|diagnose|diagnosis needs|prescrib\w+|no more than|assistant cannot)\b/i;
const CARE =
  /\b(?:should|must) (?:\w+ )?(?:see|call|ask|seek|contact|visit|tell) |\b(?:emergency services|urgent care)\b/i;

/** Takes one declarative or imperative sentence apart; undefined where good questions can't be made of it. */
export function planSentence(sentence: string, verbs: Conjugator): Plan | undefined {
  if (!/[.!]$/.test(sentence) || /[:;()\u2014"\u201c\u201d]|\.\.\./.test(sentence)) return undefined;
  const body = sentence.replace(/[.!]+$/, '');
  const advice = planAdvice(body);
  if (advice) return advice;
  const tokens = tokenise(expandNegations(body));
  if (tokens.length < 3 || tokens.length > 40) return undefined;
  const clause = instructionClause(tokens) ?? parseClause(tokens, verbs);
  if (!clause || clause.rest.length === 0) return undefined;
  const around = [...clause.subject.toLowerCase().split(' '), ...clause.rest.map(({ low }) => low)];
  if (around.some((word) => UNRESOLVED.has(word))) return undefined;
  const forms = new Forms(clause, verbs);
  const scene = sceneOf(forms);
  if (/\b(?:and|or|but) (?:does|do|did|is|are|was|were|can|has|have|should|must|will|may)\b/.test(join(clause.rest)))
    return undefined;
  const joint = jointVerb(clause, verbs);
  const gaps = joint ? jointGaps(forms, scene.rest) : clause.voice === 'copula' ? copulaGaps(scene) : actionGaps(scene);
  const kind = LIMIT.test(sentence) || CARE.test(sentence) ? 'safety' : 'factual';
  const rest = join(clause.rest);
  const yesNo = joint ? { ...forms.yesNo(rest), direct: forms.yesNo(joint).direct } : forms.yesNo(rest);
  return { gaps: distinct(gaps), yesNo, statement: put(clause.subject, forms.finite(), rest), kind };
}

/** "keeps" in "removes X and keeps Y" needs its base form after `do`: the rest with it, where there is such a verb. */
function jointVerb({ doSupport, auxiliary, rest }: Clause, verbs: Conjugator): string | undefined {
  if (!doSupport || auxiliary === 'did') return undefined;
  const at = rest.findIndex(({ low, tags }, index) => {
    const joined = ['and', 'or', 'but'].includes(rest[index - 1]?.low ?? '') && index + 1 < rest.length;
    return joined && tags.has('PresentTense') && !tags.has('Gerund') && verbs.base(low) !== low;
  });
  if (at < 0) return undefined;
  return join(rest.map((token, index) => (index === at ? { ...token, text: verbs.base(token.low) } : token)));
}

const jointGaps = (forms: Forms, rest: string): Asked[] => [
  forms.ask('what', '', { verb: 'do' }),
  ...(forms.clause.animate ? [] : [forms.askSubject('what', rest)]),
];

const distinct = (gaps: Asked[]): Asked[] => [...new Map(gaps.map((gap) => [gap.direct, gap])).values()];

const OPENERS = ['Can you tell me {}?', 'I want to know {}.', 'Do you know {}?', 'Tell me {}.'] as const;

/** Up to `count` different questions that the sentence answers, in an order that varies from sentence to sentence. */
export function phrasings(plan: Plan, count: number, accept: (question: string, asked: Asked) => boolean): string[] {
  const seed = createHash('sha256').update(plan.statement).digest().readUInt32BE(0);
  const opened = (asked: Asked | undefined, turn: number) =>
    asked?.embedded ? [{ text: OPENERS[(seed + turn) % OPENERS.length]!.replace('{}', asked.embedded), asked }] : [];
  const plain = (asked: Asked | undefined) => (asked ? [{ text: `${capital(asked.direct)}?`, asked }] : []);
  const whether: Asked = { ...plan.yesNo, embedded: `whether ${plan.yesNo.embedded}` };
  const belief: Asked = { direct: `is it true that ${plan.statement}` };
  const [first, second, third, fourth] = plan.gaps;
  const pool = [
    ...plain(first),
    ...plain(plan.yesNo),
    ...opened(first, 0),
    ...plain(second ?? belief),
    ...opened(whether, 1),
    ...opened(second ?? first, 2),
    ...plain(belief),
    ...plain(third),
    ...opened(whether, 3),
    ...opened(first, 3),
    ...plain(fourth),
  ];
  const seen = new Set<string>();
  const chosen = pool
    .filter(({ text, asked }) => !seen.has(text) && seen.add(text) && accept(text, asked))
    .slice(0, count)
    .map(({ text }) => text);
  const turn = chosen.length === 0 ? 0 : (seed >>> 8) % chosen.length;
  return [...chosen.slice(turn), ...chosen.slice(0, turn)];
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const EMPTY = new Set(
  words(`a an the is are was were be been do does did can could may might must should would will have has had what who
  when where how why which whether if of in on at to for from with by and or not no any it that true tell me you know i want
  my much many long often soon percentage about during after before meant describe common like usually`),
);

/** The words of a text that say what it is about, without their plural endings. */
export function contentWords(text: string): Set<string> {
  return new Set(
    words(text)
      .filter((word) => !EMPTY.has(word))
      .map((word) => word.replace(/(?:es|s)$/, '')),
  );
}
