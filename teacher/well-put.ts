/** What shows in a question that it was cut wrongly, whatever rule made it. */
const CUT: readonly RegExp[] = [
  // An aside or a second part of the subject: "What is there to know about X, a disorder that ...?"
  /^(?!in )[^,]*, (?:an?|the|and|or|which|who|also|such as)\b/i,
  // The text's own words to its reader at the end: "... from the food you".
  /\b(?:you|we|they|it|this|these|that|which|who)$/i,
  // "What can people who have X have?"
  /\b(?:have|has)\b.*\bhave$|^what (?:do|does) [^?]*\bhave$/i,
  /^(?:what|who|why|how|when|where) (?:is|are|do|does|can|may|should) (?:due|based|according|even|also|however|such)\b/i,
  // A clause taken for a thing: "What should I know about once a tumor?"
  /\babout (?:once|when|if|because|due to|even|as|that|after|before|sometimes|often|usually|still|also|only)\b/i,
  // A riddle: "What is anything that raises my risk called?"
  /\b(?:any|every|some)thing (?:that|which|you|I)\b/i,
  // An aside: between dashes, or "possibly because of ..." cut short.
  /--|\u2014|\b(?:especially|possibly|particularly|for example)\b/i,
  // The reader's "you" turned wrongly.
  /\b(?:think|and) me\b|\bme and\b|\byoure\b/i,
  // What the text shows its reader.
  /\bin the (?:picture|image|figure|sample)\b/i,
  // A reason that is no question of its own: "important to know the stage" in order to ...
  /^why [^?]*\bis important to\b/i,
];

/** False of a question that shows that it was cut out of its sentence wrongly. */
export const isWellPut = (question: string): boolean => !CUT.some((pattern) => pattern.test(question));
