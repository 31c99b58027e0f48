import {
  BE,
  DETERMINERS,
  DO,
  HAVE,
  IRREGULAR_PARTICIPLES,
  KNOWN_VERBS,
  MODALS,
  PARTICLES,
  PREPOSITIONS,
  RELATIVES,
  SUBORDINATORS,
} from './lexicon.ts';
import { isAdverb, isPlural } from './heads.ts';
import type { Conjugator, Token } from './tokens.ts';

/** Where the main verb stands, outside relative and subordinate clauses. */
export function findVerb(tokens: readonly Token[], verbs: Conjugator): number | undefined {
  const opensClause = (token: Token, index: number) =>
    index > 0 && SUBORDINATORS.has(token.low) && !tokens[index + 1]?.tags.has('Gerund');
  let limit = tokens.findIndex(opensClause);
  if (limit < 0) limit = tokens.length;
  let weak: number | undefined;
  let inRelative = false;
  for (let index = 1; index < limit; index++) {
    const token = tokens[index]!;
    if (RELATIVES.has(token.low)) {
      inRelative = true;
      continue;
    }
    const afterRelative = inRelative && RELATIVES.has(tokens[index - 1]!.low);
    const relativeVerb = afterRelative && (token.tags.has('Verb') || KNOWN_VERBS.has(verbs.base(token.low)));
    const strength = relativeVerb ? 2 : verbStrength(tokens, index, verbs);
    if (strength === 0) continue;
    if (inRelative) {
      inRelative = false;
      index = skipGroup(tokens, index);
      // "people who smoke and have ..., ...": the relative clause goes on.
      if (['and', 'or'].includes(tokens[index + 1]?.low ?? '') && verbStrength(tokens, index + 2, verbs, true) > 0)
        index = skipGroup(tokens, index + 2);
      continue;
    }
    if (strength === 2) return laterAuxiliary(tokens, index, limit) ?? index;
    weak ??= index;
  }
  return weak === undefined ? undefined : (laterAuxiliary(tokens, weak, limit) ?? weak);
}

/** A clause has one finite verb: in "Python lists can be keys" the auxiliary shows that "lists" is a noun. */
function laterAuxiliary(tokens: readonly Token[], found: number, limit: number): number | undefined {
  if (isAuxiliary(tokens[found]!)) return undefined;
  const next = tokens.findIndex((token, index) => index > found && index < limit && isAuxiliary(token));
  const between = next < 0 ? [] : tokens.slice(found + 1, next);
  return next < 0 || between.some(({ low }) => RELATIVES.has(low) || ['and', 'or', 'but'].includes(low))
    ? undefined
    : next;
}

/** "May" and "Will" with a capital are a month and a name. */
const isAuxiliary = ({ low, text }: Token): boolean =>
  (MODALS.has(low) && !/^(?:May|Will)\b/.test(text)) || BE.has(low) || DO.has(low) || HAVE.has(low);

/** Steps over "cannot be felt" or "falls off", the verb of a relative clause. */
function skipGroup(tokens: readonly Token[], start: number): number {
  let index = start;
  const auxiliary = (token: Token | undefined) =>
    token &&
    (MODALS.has(token.low) ||
      BE.has(token.low) ||
      HAVE.has(token.low) ||
      isAdverb(token) ||
      ['be', 'not', 'been'].includes(token.low));
  while (auxiliary(tokens[index])) index++;
  return index;
}

/** 2: surely finite here. 1: perhaps. 0: not. Agreement with the words before it decides. */
function verbStrength(tokens: readonly Token[], index: number, verbs: Conjugator, joined = false): 0 | 1 | 2 {
  const token = tokens[index];
  const previous = tokens[index - 1];
  if (!token || !previous) return 0;
  const { low, tags } = token;
  if (isAuxiliary(token))
    return previous.low === 'to' || (!joined && ['and', 'or', 'but', 'not'].includes(previous.low)) ? 0 : 2;
  if (DETERMINERS.has(previous.low) || PREPOSITIONS.has(previous.low)) return 0;
  if (previous.tags.has('Adjective') && !DETERMINERS.has(tokens[index + 1]?.low ?? '')) return 0;
  if (!joined && (previous.low === 'and' || previous.low === 'or' || previous.text.endsWith(','))) return 0;
  if (tags.has('Gerund') || PREPOSITIONS.has(low) || PARTICLES.has(low) || tokens[index + 1]?.low === 'of') return 0;
  if (index + 1 >= tokens.length && !tags.has('Verb')) return 0;
  const base = verbs.base(low);
  const known = KNOWN_VERBS.has(base);
  // A verb that no list has is sure before an article or a number: "grinds 12 sacks".
  const next = tokens[index + 1];
  const sure =
    tags.has('PresentTense') &&
    low.endsWith('s') &&
    next !== undefined &&
    (DETERMINERS.has(next.low) || /^\d/.test(next.low));
  if (!known && !sure) return 0;
  if (token.text.endsWith(',') || /^(?:called|named|termed|given|taken|done|seen|shown|worn|eaten)$/.test(low))
    return 0;
  const subject = tokens.slice(0, index).filter((one) => !isAdverb(one));
  if (subject.length === 0) return 0;
  if (low === base) return isPlural(subject) ? (known ? 2 : 1) : 0;
  if (low.endsWith('s')) return isPlural(subject) ? 0 : known ? 2 : 1;
  const past = tags.has('PastTense') && previous.tags.has('Noun') && !PREPOSITIONS.has(tokens[index + 1]?.low ?? '');
  return past ? 1 : 0;
}

/** The verb of a clause, as questions need it. */
export interface VerbFields {
  /** What a question moves before the subject: is, can, has, does, ... */
  auxiliary: string;
  /** True when the sentence has no auxiliary of its own and questions need `do`. */
  doSupport: boolean;
  negated: boolean;
  /** What stays after the subject of a question: base form or participle; '' when `be` is the verb. */
  verb: string;
  voice: 'active' | 'passive' | 'copula';
}

export interface Group {
  fields: VerbFields;
  adverbs: Token[];
  end: number;
}

/** Auxiliary, negation, adverbs and main verb from `start` on. */
export function verbGroup(tokens: readonly Token[], start: number, verbs: Conjugator): Group | undefined {
  const lead = tokens[start]!;
  let index = start + 1;
  let negated = false;
  const adverbs: Token[] = [];
  const skip = () => {
    for (; index < tokens.length; index++) {
      const token = tokens[index]!;
      if (token.low === 'not') negated = true;
      else if (isAdverb(token)) adverbs.push(token);
      else break;
    }
  };
  const participle = () => {
    const tags = tokens[index]?.tags;
    if (IRREGULAR_PARTICIPLES.has(tokens[index]?.low ?? '')) return true;
    return (
      tags?.has('PastTense') ||
      tags?.has('Participle') ||
      tags?.has('Passive') ||
      /[^e]ed$/.test(tokens[index]?.low ?? '')
    );
  };
  const group = (fields: Omit<Group['fields'], 'negated'>): Group => ({
    fields: { ...fields, negated },
    adverbs,
    end: index,
  });
  const isHelper = MODALS.has(lead.low) || DO.has(lead.low);

  if (isHelper) {
    skip();
    const main = tokens[index];
    if (!main) return undefined;
    index++;
    if (main.low !== 'be')
      return group({ auxiliary: lead.low, doSupport: false, verb: withParticle(main.low), voice: 'active' });
    skip();
    if (!participle()) return group({ auxiliary: lead.low, doSupport: false, verb: 'be', voice: 'copula' });
    const done = tokens[index++]!.low;
    return group({ auxiliary: lead.low, doSupport: false, verb: `be ${done}`, voice: 'passive' });
  }
  const gerund = () => {
    const token = tokens[index];
    return (
      token !== undefined &&
      token.low.endsWith('ing') &&
      (token.tags.has('Gerund') || token.tags.has('Verb')) &&
      index + 1 < tokens.length
    );
  };
  if (HAVE.has(lead.low)) {
    const back = index;
    skip();
    if (tokens[index]?.low === 'been') {
      index++;
      skip();
      if (participle())
        return group({ auxiliary: lead.low, doSupport: false, verb: `been ${tokens[index++]!.low}`, voice: 'passive' });
      return undefined;
    }
    const done = tokens[index];
    const next = tokens[index + 1];
    // "have decreased levels": a participle before a noun is an adjective.
    if (participle() && done && !next?.tags.has('Noun') && !next?.tags.has('Adjective')) {
      index++;
      return group({ auxiliary: lead.low, doSupport: false, verb: done.low, voice: 'active' });
    }
    if (negated) return undefined;
    adverbs.length = 0;
    index = back;
  }
  if (BE.has(lead.low)) {
    skip();
    if (gerund() && !['being', 'going'].includes(tokens[index]!.low)) {
      return group({
        auxiliary: lead.low,
        doSupport: false,
        verb: withParticle(tokens[index++]!.low),
        voice: 'active',
      });
    }
    if (tokens[index]?.low === 'being') return undefined;
    if (!participle() || tokens[index + 1]?.tags.has('Noun'))
      return group({ auxiliary: lead.low, doSupport: false, verb: '', voice: 'copula' });
    const done = tokens[index++]!.low;
    return group({ auxiliary: lead.low, doSupport: false, verb: done, voice: 'passive' });
  }
  const base = HAVE.has(lead.low) ? 'have' : verbs.base(lead.low);
  const must = (base === 'have' || base === 'need') && tokens[index]?.low === 'to' ? tokens[index + 1] : undefined;
  if (must) {
    const auxiliary = lead.low === base ? 'do' : lead.low.endsWith('s') ? 'does' : 'did';
    index += 2;
    if (must.low !== 'be')
      return group({ auxiliary, doSupport: true, verb: `${base} to ${must.low}`, voice: 'active' });
    if (!participle()) return group({ auxiliary, doSupport: true, verb: `${base} to be`, voice: 'copula' });
    const done = tokens[index++]!.low;
    return group({ auxiliary, doSupport: true, verb: `${base} to be ${done}`, voice: 'passive' });
  }
  const auxiliary = lead.low === base ? 'do' : lead.low.endsWith('s') ? 'does' : 'did';
  return group({ auxiliary, doSupport: true, verb: withParticle(base), voice: 'active' });

  function withParticle(verb: string): string {
    const next = tokens[index];
    if (!next || !PARTICLES.has(next.low) || tokens[index + 1]?.low === 'to' || next.text !== next.low) return verb;
    index++;
    return `${verb} ${next.low}`;
  }
}
