import { DETERMINERS, IMPERATIVES, PEOPLE } from './lexicon.ts';
import { headOf, isAdverb, isPlural } from './heads.ts';
import { findVerb, type VerbFields, verbGroup } from './verbs.ts';
import { type Conjugator, join, type Token } from './tokens.ts';

/** A declarative clause taken apart, ready to be put together as questions. */
export interface Clause extends VerbFields {
  /** As it stands inside a sentence: lower case unless a name. */
  subject: string;
  subjectTokens: readonly Token[];
  /** The noun that the subject is about, lower case. */
  head: string;
  animate: boolean;
  plural: boolean;
  /** Adverbs before the verb: "usually". */
  adverbs: string;
  /** The main verb as the sentence has it: "lasts". */
  finiteVerb: string;
  rest: readonly Token[];
}

/** Takes a clause's tokens apart; undefined where the rules can't be sure of the main verb. */
export function parseClause(tokens: readonly Token[], verbs: Conjugator): Clause | undefined {
  const found = findVerb(tokens, verbs);
  if (!found) return undefined;
  let start = found;
  while (start > 1 && isAdverb(tokens[start - 1]!)) start--;
  const subjectTokens = tokens.slice(0, start);
  const before = tokens.slice(start, found);
  const group = verbGroup(tokens, found, verbs);
  const head = headOf(subjectTokens);
  if (!group || !head) return undefined;
  return {
    subject: midSentence(subjectTokens),
    subjectTokens,
    head: head.low,
    animate: PEOPLE.has(head.low) && !(subjectTokens[0]?.low ?? '').endsWith('ing'),
    plural: isPlural(subjectTokens),
    adverbs: join([...before, ...group.adverbs]).replace(/,/g, ''),
    ...group.fields,
    finiteVerb: tokens[found]!.low,
    rest: tokens.slice(group.end),
  };
}

/** "Avoid alcohol in pregnancy." as "I should avoid alcohol in pregnancy"; undefined for what is no instruction. */
export function instructionClause(tokens: readonly Token[]): Clause | undefined {
  const lows = tokens.map((token) => token.low);
  const never = lows[0] === 'never';
  const negated = never || (lows[0] === 'do' && lows[1] === 'not');
  const start = (negated ? (never ? 1 : 2) : 0) + (['always', 'please'].includes(lows[negated ? 9 : 0] ?? '') ? 1 : 0);
  const verb = lows[start];
  const next = tokens[start + 1];
  if (!verb || !IMPERATIVES.has(verb) || !next || tokens[start]!.text.endsWith(',')) return undefined;
  if (
    !negated &&
    (hasMainAuxiliary(tokens) || (/[^s]s$/.test(next.low) && next.tags.has('PresentTense') && !next.tags.has('Noun')))
  )
    return undefined;
  const finite = ['is', 'are', 'was', 'were', 'can', 'may', 'should', 'must', 'will', 'has', 'have'];
  if (
    !negated &&
    ([...finite, 'of', 'and', 'or'].includes(next.low) || lows.slice(1, 5).some((low) => finite.includes(low)))
  )
    if (
      !/^(?:your|the|an?|any|all|both|each|every)$/.test(next.low) ||
      lows.slice(1, 4).some((low) => finite.includes(low))
    )
      return undefined;
  return {
    subject: 'you',
    subjectTokens: [],
    head: 'you',
    animate: true,
    plural: false,
    auxiliary: 'should',
    doSupport: false,
    negated,
    adverbs: never ? 'never' : '',
    verb,
    finiteVerb: verb,
    voice: 'active',
    rest: tokens.slice(start + 1),
  };
}

/** An auxiliary outside subordinate and relative clauses: "Exercise programs and good talks are other ways". */
function hasMainAuxiliary(tokens: readonly Token[]): boolean {
  const found = tokens.findIndex(({ low }) => /^(?:is|are|was|were|can|may|might|will|has|does)$/.test(low));
  return (
    found > 0 &&
    !tokens
      .slice(0, found)
      .some(
        ({ low, text }) =>
          /^(?:that|who|which|what|how|where|when|whether|if|because|while|until|unless|so|before|after|since|whose|why|whatever|whichever|how)$/.test(
            low,
          ) && !text.endsWith(','),
      )
  );
}

/** Words as they would stand inside a sentence. */
export function midSentence(tokens: readonly Token[]): string {
  const [first, second] = tokens;
  if (!first) return '';
  const name = second !== undefined && /^\p{Lu}\p{Ll}/u.test(second.text) && !DETERMINERS.has(first.low);
  return [name ? first.text : lowerFirst(first), ...tokens.slice(1).map((token) => token.text)]
    .join(' ')
    .replace(/[,;:]$/, '');
}

/** Lower case for a sentence's first word, unless it is an acronym or a name. */
export function lowerFirst(token: Token): string {
  const named = ['FirstName', 'LastName', 'Place', 'Month', 'WeekDay', 'Demonym', 'Organization'];
  if (
    /^\p{L}*\p{Lu}\p{L}*\p{Lu}|^\p{Lu}[\p{N}.]|['\u2019]s?$|['\u2019]s\b|^\p{Lu}\p{Ll}+-\p{Lu}|^\p{Lu}-/u.test(
      token.text,
    )
  )
    return token.text;
  if (named.some((tag) => token.tags.has(tag))) return token.text;
  return token.text.charAt(0).toLowerCase() + token.text.slice(1);
}
