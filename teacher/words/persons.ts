/** Whom the words mean: the reader's "you" is the asker's "I", the text's "we" is whom the asker asks. */

/** The question as the reader would ask it; undefined where "you" and "we" meet and it would be unclear. */
export function asAsker(text: string): string | undefined {
  const you = /\byou(?:rs?|rself)?\b/i.test(text);
  const we = /\b(?:we|us|our|ours|ourselves)\b/i.test(text) && !/\bUS\b/.test(text);
  if (you && we) return undefined;
  if (we)
    return text
      .replace(/\b(?:we|us)\b/gi, 'you')
      .replace(/\bours\b/gi, 'yours')
      .replace(/\bour\b/gi, 'your')
      .replace(/\bourselves\b/gi, 'yourselves');
  if (!you) return text;
  return text
    .replace(/\b(you)(?=['\u2019]re\b)/gi, 'you are')
    .replace(/\byou are['\u2019]re\b/gi, 'you are')
    .replace(/\byou are\b|\byou['\u2019]re\b/gi, 'I am')
    .replace(/\bare you\b/gi, 'am I')
    .replace(/\byou were\b/gi, 'I was')
    .replace(/\bwere you\b/gi, 'was I')
    .replace(/\byourself\b/gi, 'myself')
    .replace(/\byours\b/gi, 'mine')
    .replace(/\byour\b/gi, 'my')
    .replace(
      /\b(with|to|for|of|from|on|near|by|about|around|gives?|tells?|helps?|lets?|makes?|affects?|causes?|keeps?|allows?|asks?|protects?|reminds?) you\b(?! (?:have|can|should|may|must|will|do|need|want|know|think|feel|take|use|get)\b)/gi,
      '$1 me',
    )
    .replace(
      /(?<!\b(?:do|does|did|can|could|should|will|would|may|might|must|shall|if|when|that|because|than|as|what|how|where|who|while|before|after|until|once|since|and|or)) you(?= (?:to|with|into|from|about|for|at|on|in|by|and|or)\b|[?.,]?$)/gi,
      ' me',
    )
    .replace(/\byou\b/gi, 'I');
}

const DEMONSTRATIVE =
  /\b(?:this|these|those|such|here|(?:the|as|listed|described|shown|mentioned|see) (?:above|below)|following|aforementioned|latter|former|other|another|others|ones)\b(?! (?:who|with|day|time|another|hour|week|month|year|of the|in|percent|or two|thing|person|or more)\b)/i;
const PRONOUN = /\b(?:its?|itself|they|them|their|theirs|themselves|he|she|his|her|hers|him|himself|herself)\b/i;

/** True where the question needs the text to be understood: "What does it do?", "What do these tests show?". */
export function dangles(question: string): boolean {
  if (DEMONSTRATIVE.test(question)) return true;
  const found = PRONOUN.exec(question);
  if (!found) return false;
  const before =
    question
      .slice(0, found.index)
      .toLowerCase()
      .match(/\p{L}[\p{L}'-]+/gu) ?? [];
  const nouns = before.filter((word) => !ASKING.has(word));
  if (
    /^its$/i.test(found[0]) &&
    nouns.some((word) => /^(?:doctor|doctors|people|person|patient|patients|child|my|i)$/.test(word))
  )
    return true;
  if (/^(?:its?|itself)$/i.test(found[0]))
    return /^it$/i.test(found[0]) && EXPLETIVE.test(question.slice(found.index)) ? false : nouns.length === 0;
  if (/^the/i.test(found[0]))
    return !nouns.some((word) =>
      /^(?:people|children|men|women|patients|members|visitors|parents|adults|babies|infants|users|customers|students|teenagers|person|someone|anyone|everyone|whoever|child|teachers|doctors|nurses|mothers|smokers|workers|employees|guests|volunteers|participants)$/.test(
        word,
      ),
    );
  return !nouns.some((word) =>
    /person|child|baby|mother|father|man|woman|patient|member|parent|someone|anyone|doctor|boy|girl/.test(word),
  );
}

const EXPLETIVE = /^it (?:\w+ ){1,4}(?:to|that|for|called|when)\b/i;
const ASKING = new Set(
  (
    'what when where who whom whose why how which if in on at for to of is are was were do does did can could may might must should ' +
    'will would has have had the an be been being not and or often long many much soon happens happen called you tell about know'
  ).split(' '),
);
