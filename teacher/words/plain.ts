/** A unit's words as they are said: without markup, line ends and lists' marks. Symbols and numbers stay as they are. */
export function plainText(text: string): string {
  return text
    .replace(/\n[ \t]*>[ \t]?/g, '\n')
    .replace(/<!--[^]*?-->/g, ' ')
    .replace(/!\[[^\]\n]*\]\([^)\n]*\)/g, ' ')
    .replace(/\[([^\]\n]+)\](?:\([^)\n]*\)|\[[^\]\n]*\])/g, '$1')
    .replace(/\[\^[^\]\n]*\]/g, '')
    .replace(/(\*\*|__)(?=\S)([^*_\n]+?)(?<=\S)\1/g, '$2')
    .replace(/(?<![\p{L}\p{N}*])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![\p{L}\p{N}*])/gu, '$1')
    .replace(/`([^`\n]+)`/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

const LINK = /^(?:see\s*)?\W*(?:(?:https?:\/\/|www\.)\S+|\S+@\S+\.\S+)\W*$/i;
/** Sentences that send the reader elsewhere, or speak of the text itself. */
const REFERENCE =
  /^(?:(?:please |also )*(?:see also|see (?:the |our )?(?:\S+ ){0,4}(?:pages?|sections?|chapters?|tables?|lists?|web ?sites?|documents?|summary|summaries|appendix|guides?|articles?|treatments?|options?|approved for)\b|refer to|read more|learn more|visit|click|check (?:the|NCI's) list|go to (?:the )?(?:web|www|http)|for more on|for (?:more|further|additional|other|detailed|specific|general)\b.*?\b(?:information|details|results|updates)|(?:more|general|further|additional|other) information|information (?:about|on)|to (?:learn|read|find out) more|source:|note that this)\b)|\b(?:https?:\/\/|www\.)|\b(?:table|figure|chart|list|section|image|diagram) (?:above|below)\b|\b(?:following|this|these) (?:summar(?:y|ies)|pages?|articles?|sections?|links?|table)\b|\bis available (?:from|at|on|through) the\b.*\b(?:website|web site|page)\b|medical dictionary|\bfigure [A-Z\d]\b|\b(?:described|listed|shown|discussed|explained|outlined) (?:below|above|in the (?:table|section|next))\b|human phenotype ontology|\bfrequency (?:of a sign|may also be listed|of \d+\/\d+ means)|\bthese frequencies are\b|\bno information on frequency\b|\bin these cases, the sign or symptom may be\b|\bfirst number of the fraction\b|through a service called|\bsearch (?:term|box)\b|retrieved from\b.*\blisting\b|\b(?:use|see|check) the following (?!to\b)\w+ (?:rule|summary|list|page)|\bclinical trials? (?:that (?:is|are) now accepting|search|is available)|much of this information comes|\bPDQ\b|^see more\b|\bseparate window\b|^\(?(?:watch|see) (?:the|these) (?:video|animation|slide)|^see\b.*\bfor more information/i;

/** Why no question is tried on such a text; undefined where it may state something. */
export function whyNothing(text: string): 'question' | 'link' | 'fragment' | 'reference' | undefined {
  if (/\?["'\u201d\u2019)]*$/.test(text)) return 'question';
  if (LINK.test(text)) return 'link';
  if (!/\p{L}.*\s.*[\p{L}\p{N}]/u.test(text)) return 'fragment';
  return REFERENCE.test(text) ? 'reference' : undefined;
}

const OPENERS =
  'The|A|An|In|If|It|They|People|Researchers|Scientists|Doctors|Some|Many|Most|When|Although|While|There|These|This|You|Your|We|Our|For|To|As|Because|One|Both|Studies|Each|Every|No|Not|All|Other|Another|With|Having|Sometimes|Often|However|After|Before|During|Once|Women|Men|Children|Older|Several|Two|Three|Four|Evidence|About|Only|Since|Along|Until|Anyone|Everyone|Patients|Treatment of|Treatment for|Symptoms of|Causes of|Signs of|Treatments for';
const HEADING = new RegExp(
  `^(?:(?:\\p{Lu}|\\d)[\\p{L}\\p{N}'\u2019.-]*[,:]? |\\([^()]{1,40}\\) |(?:of|and|or|the|a|an|in|for|to|with|on|at|is|are|by|from|vs\\.?|your|you|if|be|can|as) ){2,12}?(?=(?:${OPENERS}) [\\p{Ll}\\d])`,
  'u',
);

/** A heading that was run into its first sentence is no part of it: "Four Main Symptoms Parkinson's ..." can't be told apart. */
export function withoutHeading(text: string): string {
  const twice = /^(\p{Lu}[\p{L}' -]{3,40}?) (?=\1\b)/iu.exec(text)?.[0];
  if (twice !== undefined) return text.slice(twice.length);
  const section =
    /^(?:symptoms|causes|treatments?|diagnosis|prevention|prognosis|outlook|complications|signs|overview|risk factors|tests) (?=(?:the|an?|in|if|it|they|people|some|many|most|there|your|doctors|several) \p{Ll})/iu.exec(
      text,
    )?.[0];
  if (section !== undefined && /^\p{Lu}/u.test(text.slice(section.length))) return text.slice(section.length);
  const heading = HEADING.exec(text)?.[0];
  if (heading === undefined || (heading.match(/(?<![\p{L}])\p{Lu}/gu)?.length ?? 0) < 2) return text;
  return text.slice(heading.length);
}

/** True of a heading that stands as a sentence: "Treatment Options by Stage", "Stage II". */
export const isHeading = (text: string): boolean =>
  !/[.!?:;]["'\u201d)]*$/.test(text) &&
  text.split(' ').length <= 12 &&
  /^\p{Lu}/u.test(text) &&
  text.split(/[\s/-]+/).every((word) => /^[^\p{L}]*(?:\p{Lu}|\d)|^[^\p{L}]*$/u.test(word) || SMALL.test(word));

const SMALL = /^\(?(?:an?|the|and|or|of|for|in|to|by|with|on|at|from|vs\.?|as|after|before|your|you|if|when)\)?$/;

/** True where a heading or a name of many words begins the text: its end is not sure. */
export function beginsAsTitle(text: string): boolean {
  const words = text.split(' ').slice(0, 9);
  const capital = words.filter((word) => /^\p{Lu}\p{Ll}+/u.test(word)).length;
  return capital >= 4 || (words.length < 9 && words.length > 2 && capital >= words.length - 1 && capital >= 3);
}

/** Without asides in brackets, "also called" phrases and what hangs on a dash: for finding the sentence's frame. */
export function frameOf(text: string): string {
  return text
    .replace(/\s*\([^()]*\)/g, '')
    .replace(/\s*\[[^[\]]*\]/g, '')
    .replace(/, (?:also|sometimes|often|commonly)? ?(?:called|known as|referred to as) [^,.;]+,/g, '')
    .replace(/, or [\w -]{3,30}, (?=(?:is|are|was|were|can|may|has|have)\b)/, ' ')
    .replace(/\s+/g, ' ')
    .replace(/\s+([,.;:!?])/g, '$1')
    .trim();
}
