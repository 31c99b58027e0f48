import { type Clause, instructionClause, midSentence, parseClause } from './clause.ts';
import { PREPOSITIONS, SUBORDINATORS } from './lexicon.ts';
import { type Conjugator, expandNegations, join, type Token, tokenise } from './tokens.ts';

/** A sentence read: its main clause, and what stands around it. */
export interface Reading {
  clause: Clause;
  instruction: boolean;
  /** "in some people": said before the main clause, without its comma; '' where there is none. */
  front: string;
  /** "if the alarm rings", before or behind the main clause. */
  condition?: { word: string; text: string };
}

const LEADS =
  /^(?:however|furthermore|moreover|therefore|thus|in addition|additionally|also|for example|for instance|as a result|in fact|instead|fortunately|unfortunately|in general|generally|similarly|finally|nevertheless|consequently|in contrast|on the other hand|likewise|accordingly|hence|indeed|still|of course|in other words|that is|sometimes|frequently|often|usually|typically|commonly|occasionally|rarely|currently|today|traditionally|historically|interestingly|importantly|specifically|overall|again|very rarely|most often|more often|in most cases|in rare cases|in some cases|in many cases|unlike before|in particular|as mentioned|nowadays|first|second|third|next|then|lastly|now)(?:,\s+|(?<=^(?:sometimes|often|usually|typically|commonly|generally|also|occasionally|rarely|currently|frequently))\s+(?!\w+ed\b)|\s+(?=(?:an?|the|it|they|this|these|some|many|most|people|doctors|patients|your|you|we)\s))/i;
const CLAIMS =
  /^(?:(?:recent |several |many |some |other |clinical |new )*(?:studies|research|researchers|scientists|experts|evidence|results|findings) (?:have |has )?(?:also |recently )?(?:shown?|shows?|suggests?|suggested|found|finds?|indicates?|indicated|believes?|think|thinks|know|demonstrated|reported|estimate)|it is (?:believed|thought|known|estimated|likely|possible|important to (?:know|remember|note)|recommended)|keep in mind|remember|note|this means|be aware) that (?=\p{L})|^(?:scientists|researchers|doctors|experts|many people|some people|many experts) (?:believe|think|say|suspect) (?:that )?(?=\p{L})/iu;
const CONDITIONS = new Set([
  'if',
  'when',
  'whenever',
  'once',
  'unless',
  'before',
  'after',
  'while',
  'until',
  'as',
  'because',
  'since',
  'although',
  'though',
  'whereas',
]);

/** Reads one plain sentence without its final stop; undefined where its main clause is not surely found. */
export function readSentence(sentence: string, verbs: Conjugator): Reading | undefined {
  const body = expandNegations(sentence.replace(LEADS, '').replace(CLAIMS, '').replace(LEADS, ''));
  const tokens = tokenise(body);
  if (tokens.length < 3 || tokens.length > 70) return undefined;
  // What the tagger lost would be lost from the question.
  if (join(tokens).replace(/\s/g, '') !== body.replace(/\s/g, '')) return undefined;
  const first = tokens[0]!;
  const phrase = tokens.slice(1, tokens.findIndex(({ text }) => text.endsWith(',')) + 1);
  const bare =
    /^(?:after|before|until|since|as|once)$/.test(first.low) &&
    phrase.length < 7 &&
    !phrase.some(({ tags }) => tags.has('Verb'));
  if (!bare && CONDITIONS.has(first.low) && !(first.low === 'once' && /^(?:an?|every|per)$/.test(tokens[1]!.low)))
    return readCondition(tokens, verbs);
  if (bare || first.low === 'to' || first.low === 'by' || PREPOSITIONS.has(first.low)) {
    const read = readFront(tokens, verbs);
    if (read) return read;
    if (!/^(?:about|over|up|around|under|past|near)$/.test(first.low)) return undefined;
  }
  const main = readMain(tokens, verbs);
  return main && { ...main, front: '' };
}

function readMain(tokens: readonly Token[], verbs: Conjugator): Omit<Reading, 'front'> | undefined {
  const instruction = instructionClause(tokens);
  const clause = instruction ?? parseClause(tokens, verbs);
  if (!clause) return undefined;
  const at = clause.rest.findIndex(
    ({ low }, i) =>
      ['if', 'when', 'whenever', 'once'].includes(low) &&
      i + 3 <= clause.rest.length &&
      !/^(?:at|even|only|as|or|and|but|know|knows|decide|decides|out|see|sees|determine|determines|tell|tells|check|checks|ask|learn|show|shows|wonder|clear|unclear|sure|identify|about|of|on|to|that|matter|whether|especially|particularly|including)$/.test(
        clause.rest[i - 1]?.low ?? '',
      ),
  );
  if (
    at < 0 ||
    (clause.rest[at]!.low === 'once' && /^(?:an?|every|per|in|and|or|daily)$/.test(clause.rest[at + 1]!.low))
  )
    return { clause, instruction: instruction !== undefined };
  const condition = { word: clause.rest[at]!.low, text: conditionText(clause.rest.slice(at)) };
  return { clause: { ...clause, rest: clause.rest.slice(0, at) }, instruction: instruction !== undefined, condition };
}

/** "If the alarm rings, leave": at the first comma behind which a main clause stands. */
function readCondition(tokens: readonly Token[], verbs: Conjugator): Reading | undefined {
  const word = tokens[0]!.low;
  for (const [i, token] of tokens.entries()) {
    if (i < 2 || !token.text.endsWith(',')) continue;
    const rest = tokens.slice(i + 1);
    if (rest.length < 3 || ['and', 'or', 'but'].includes(rest[0]!.low) || PREPOSITIONS.has(rest[0]!.low)) continue;
    const main = readMain(rest, verbs);
    if (!main || (!main.instruction && main.clause.subject.includes(','))) continue;
    const text = conditionText(tokens.slice(0, i + 1));
    return { ...main, front: '', condition: { word, text } };
  }
  return undefined;
}

/** "In some people, X ...", "To cancel, members ...". */
function readFront(tokens: readonly Token[], verbs: Conjugator): Reading | undefined {
  const comma = tokens.findIndex((token) => token.text.endsWith(','));
  if (comma < 0 || comma > 11) return undefined;
  const rest = tokens.slice(comma + 1);
  if (rest.length < 3 || ['and', 'or'].includes(rest[0]!.low) || SUBORDINATORS.has(rest[0]!.low)) return undefined;
  const main = readMain(rest, verbs);
  if (!main || main.clause.subject.includes(',')) return undefined;
  return { ...main, front: midSentence(tokens.slice(0, comma + 1)) };
}

const conditionText = (tokens: readonly Token[]): string =>
  join(tokens)
    .replace(/^\p{Lu}/u, (letter) => letter.toLowerCase())
    .replace(/[,;:.]+$/, '');
