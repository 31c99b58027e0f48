import type { Forms } from './forms.ts';
import { DETERMINERS, PEOPLE, PREPOSITIONS, RELATIVES } from '../words/lexicon.ts';
import { join, type Token } from '../words/tokens.ts';

/** Whether words name a thing, and what they say of it. */

/** The tokens up to where the object surely ends. */
export function objectOf(rest: readonly Token[]): readonly Token[] {
  const end = rest.findIndex(({ low, text }, i) => {
    const previous = rest[i - 1]?.text ?? '';
    return (
      previous.endsWith(',') ||
      /[;:]$/.test(previous) ||
      (i > 0 &&
        ((PREPOSITIONS.has(low) && low !== 'of') ||
          RELATIVES.has(low) ||
          ['and', 'or', 'but', 'than', 'because', 'as', 'so'].includes(low))) ||
      /[()\u2014]/.test(text)
    );
  });
  const object = end < 0 ? rest : rest.slice(0, end);
  return startsNoun(object) ? object : [];
}

/** True where the words begin with something that can be asked for by "what". */
export function startsNoun([first, second]: readonly Token[]): boolean {
  if (!first || PREPOSITIONS.has(first.low) || RELATIVES.has(first.low)) return false;
  if (
    /^(?:no|not|how|why|when|where|whether|if|because|so|too|it|them|him|her|us|you|me|themselves|itself|and|or|as|than|only|up|down|out|off|away|back|together|well|better|worse|more|less|much)$/.test(
      first.low,
    )
  )
    return (
      first.low === 'no' ||
      ((first.low === 'more' || first.low === 'less') &&
        second !== undefined &&
        !PREPOSITIONS.has(second.low) &&
        second.low !== 'than')
    );
  if (first.tags.has('Comparative') || (first.tags.has('Adverb') && !second)) return false;
  return !first.low.endsWith('ly') || ['family', 'only', 'early', 'daily', 'elderly'].includes(first.low);
}

/** "X is a test that ...": says what a thing of one name is, in more words than a kind alone. */
export const defines = ({ clause }: Forms): boolean => {
  const rest = join(clause.rest);
  return (
    !/^(?:your|our|type|stage|grade|group|class|(?:\w+ )?levels?)\b|, |\band\b/.test(clause.subject) &&
    !/^(?:often |usually |also )*(?:one of the|an? (?:\w+er|better|more|less|indication|sign|result|problem|matter|part|cause)) /.test(
      rest,
    ) &&
    /\b(?:that|which|who|of|in|used|caused|characterized|made|for|by|with|to|where|when)\b/.test(rest)
  );
};

/** True of a complement that names what the subject is: "a low level of iron", "practice tightenings of the womb". */
export function isNamed(rest: readonly Token[]): boolean {
  const [first] = rest;
  if (!first) return false;
  if (/^an?$/.test(first.low))
    return (
      rest.length > 2 &&
      !/^an? (?:good|great|bad|emergency|problem|must|common|big|major|serious|better|useful|helpful|safe|sign|result|matter|lot|little|bit|few|condition for)\b/.test(
        join(rest),
      )
    );
  if (first.low === 'the') return rest.length > 3;
  if (/^(?:an?|the|one|two|three|four|five|any|another|those|people|all)$/.test(first.low)) return true;
  if (/^[<>\u2264\u2265\u00b1~]?\s?\d/.test(first.low)) return true;
  const end = rest.findIndex(({ low }, i) => i > 0 && (PREPOSITIONS.has(low) || RELATIVES.has(low)));
  const head = rest.slice(0, end < 0 ? Math.min(rest.length, 4) : end).at(-1);
  return (
    head !== undefined &&
    head.tags.has('Plural') &&
    rest.length > 2 &&
    !first.tags.has('Adverb') &&
    !first.tags.has('Comparative')
  );
}

/** True of a subject that "What is ...?" can ask for: no "the dose", no "people with asthma". */
export function isTerm(subject: readonly Token[]): boolean {
  const first = subject[0]?.low ?? '';
  if (subject.some(({ low }) => low === 'to')) return false;
  if (subject.length > 6 || PEOPLE.has(subject.at(-1)?.low ?? '')) return false;
  if (first.endsWith('ing') && subject.length > 2) return false;
  if (subject.some(({ low, text }) => RELATIVES.has(low) || low === 'and' || text.endsWith(','))) return false;
  return !DETERMINERS.has(first) || first === 'a' || first === 'an';
}
