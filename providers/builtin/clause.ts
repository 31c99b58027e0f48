import { DETERMINERS, PEOPLE, POINTERS, PREPOSITIONS, SUBORDINATORS } from './lexicon.ts';
import { headOf, isAdverb, isPlural } from './heads.ts';
import { findVerb, type VerbFields, verbGroup } from './verbs.ts';
import { type Conjugator, join, type Token } from './tokens.ts';

/** A declarative sentence taken apart, ready to be put together as questions. */
export interface Clause extends VerbFields {
  /** As it stands inside a sentence: lower case unless a name. */
  subject: string;
  animate: boolean;
  plural: boolean;
  /** Adverbs before the verb: "usually". */
  adverbs: string;
  /** The main verb as the sentence has it: "lasts". */
  finiteVerb: string;
  rest: readonly Token[];
}

/** Takes a sentence's tokens apart; undefined where the rules can't be sure of the main verb. */
export function parseClause(sentence: readonly Token[], verbs: Conjugator): Clause | undefined {
  const tokens = trailFrontPhrase(sentence);
  if (!tokens) return undefined;
  const first = tokens[0];
  if (!first || (POINTERS.has(first.low) && !(first.low === 'both' && tokens.length > 3))) return undefined;
  const found = findVerb(tokens, verbs);
  if (!found) return undefined;
  let start = found;
  while (start > 1 && isAdverb(tokens[start - 1]!)) start--;
  const subjectTokens = tokens.slice(0, start);
  const before = tokens.slice(start, found);
  const subject = midSentence(subjectTokens);
  const group = verbGroup(tokens, found, verbs);
  if (!group) return undefined;
  const adverbs = join([...before, ...group.adverbs]);
  const head = headOf(subjectTokens);
  return {
    subject,
    animate: PEOPLE.has(head.low),
    plural: isPlural(subjectTokens),
    adverbs,
    ...group.fields,
    finiteVerb: tokens[found]!.low,
    rest: tokens.slice(group.end),
  };
}

/** "After birth, X happens." -> "X happens after birth"; undefined where the front phrase has no clear end. */
function trailFrontPhrase(tokens: readonly Token[]): readonly Token[] | undefined {
  const first = tokens[0];
  if (!first || !(PREPOSITIONS.has(first.low) || SUBORDINATORS.has(first.low))) return tokens;
  const comma = tokens.findIndex((token) => token.text.endsWith(','));
  const rest = tokens.slice(comma + 1);
  if (comma < 0)
    return ['about', 'over', 'up', 'around', 'under', 'past', 'near'].includes(first.low) ? tokens : undefined;
  if (rest.length < 3 || SUBORDINATORS.has(first.low)) return undefined;
  const front = tokens.slice(0, comma + 1).map((token, index) => ({
    ...token,
    text: index === 0 ? lowerFirst(token) : token.text.replace(/,$/, ''),
  }));
  return [...rest, ...front];
}

/** The subject as it would stand inside a sentence. */
function midSentence(tokens: readonly Token[]): string {
  const [first, second] = tokens;
  if (!first) return '';
  const name = second !== undefined && /^\p{Lu}\p{Ll}/u.test(second.text) && !DETERMINERS.has(first.low);
  return [name ? first.text : lowerFirst(first), ...tokens.slice(1).map((token) => token.text)].join(' ');
}

/** Lower case for a sentence's first word, unless it is an acronym or a name. */
function lowerFirst(token: Token): string {
  const named = ['FirstName', 'LastName', 'Place', 'Month', 'WeekDay', 'Demonym', 'Organization'];
  if (/^\p{L}*\p{Lu}\p{L}*\p{Lu}|^\p{Lu}\p{N}/u.test(token.text) || named.some((tag) => token.tags.has(tag)))
    return token.text;
  return token.text.charAt(0).toLowerCase() + token.text.slice(1);
}
