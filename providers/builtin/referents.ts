import type { Clause } from './clause.ts';
import { DETERMINERS, GENERAL, PEOPLE, POINTERS, PREPOSITIONS, RELATIVES, ROLES } from './lexicon.ts';

/** What a subject stands for: pronouns and "the disease" are spelled out, or the sentence is left out. */

export interface Topic {
  /** The document's title and headings. */
  path: readonly string[];
  /** The title, where the document is about one illness or the like: "Wilson disease". */
  condition?: string;
  /** The title as running text would have it, where the headings ask about it. */
  name?: string;
  /** Short sentences, or about no one thing: what leaves one phrase out of a sentence is clear there. */
  plain: boolean;
  /** Lower-case nouns that stand in the path, or often in the passage: "the induction" is clear by itself. */
  known: ReadonlySet<string>;
  /** Lower-case nouns that the passage says more than once. */
  repeated: ReadonlySet<string>;
}

/** The subject of the sentence before. */
export interface Referent {
  text: string;
  plural: boolean;
  animate: boolean;
}

type Resolved =
  | { status: 'clear'; clause: Clause; referent?: Referent; scope?: string; spelled?: (sentence: string) => string }
  | { status: 'unclear' };

const ILLNESS = /^(?:the (?:disease|disorder|syndrome)|this (?:disease|disorder|syndrome|condition))$/i;
const UNCLEAR: Resolved = { status: 'unclear' };

export function resolveSubject(
  clause: Clause,
  { topic, previous }: { topic: Topic; previous?: Referent | undefined },
): Resolved {
  const { subject, subjectTokens } = clause;
  const first = subjectTokens[0]?.low ?? '';
  if (
    ILLNESS.test(subject) &&
    topic.condition &&
    !/called|named|known/.test(clause.verb) &&
    (first === 'the' || (previous !== undefined && names(previous.text, topic.condition)))
  )
    return replaced(clause, { text: topic.condition, plural: clause.plural, animate: false });
  const ill = / (?:with|of|for|have|has) (the|this) (?:disease|disorder|syndrome|condition)$/.exec(subject);
  if (
    ill &&
    topic.condition !== undefined &&
    !names(subject, topic.condition) &&
    (ill[1] === 'the' || (previous !== undefined && names(previous.text, topic.condition)))
  ) {
    const text = subject.replace(/(?:the|this) \w+$/, topic.condition);
    return replaced(clause, { text, plural: clause.plural, animate: clause.animate });
  }
  if (
    /^it$/i.test(subject) &&
    /^(?:not )?(?:clear|unclear|known|unknown|possible|important|likely|rare|common for)\b/.test(
      clause.rest.map(({ low }) => low).join(' '),
    )
  )
    return UNCLEAR;
  if (/^(?:it|they)$/i.test(subject)) {
    const fits =
      previous &&
      !previous.text.includes(',') &&
      previous.text.split(' ').length <= 7 &&
      (first === 'they' ? previous.plural : !previous.plural && !previous.animate);
    return fits ? replaced(clause, previous) : UNCLEAR;
  }
  if (
    /^(?:(?:possible|common|other|serious|some|usual) )*(?:side effects|complications|tests|results|examples)$/i.test(
      subject,
    )
  )
    return UNCLEAR;
  if (
    first === 'even' ||
    /^(?:most|more|less|also)$/.test(subjectTokens.at(-1)?.low ?? '') ||
    /\bstands\b/.test(subject)
  )
    return UNCLEAR;
  if (/^(?:you|we)$/i.test(subject)) return { status: 'clear', clause };
  if (/^(?:your|our)$/.test(first)) return { status: 'clear', clause };
  if (
    POINTERS.has(first) ||
    (first === 'the' &&
      /^(?:other|same|latter|former|first|second|third|two|three)$/.test(subjectTokens[1]?.low ?? '') &&
      subjectTokens.length < 4)
  )
    return UNCLEAR;
  if (
    /^(?:anything|something|nothing|everything|others?|what|how|why|where|when|who|whether|in|to|here|now|more|less|most|some|many|few|all|none|each|much|half|several|either|neither|yes|no|note|example|examples)$/.test(
      first,
    ) &&
    subjectTokens.length < 2
  )
    return UNCLEAR;
  if (/^(?:what|how|why|where|when|who|whether|and|or|but|not|as|that|because|then|so)$/.test(first)) return UNCLEAR;
  if (
    subjectTokens.some(
      ({ low }, i) =>
        /^(?:this|these|those|he|she|such)$/.test(low) ||
        (/^(?:it|they|them)$/.test(low) && !subjectTokens.slice(0, i).some(({ tags }) => tags.has('Noun'))),
    )
  )
    return UNCLEAR;
  if (
    subjectTokens.some(
      ({ low }, i) =>
        i > 0 && /^(?:its|their|his|her)$/.test(low) && !subjectTokens.slice(0, i).some(({ tags }) => tags.has('Noun')),
    )
  )
    return UNCLEAR;
  if (/, (?:which|who|whose|although|however|especially|such as|including)\b/.test(subject)) return UNCLEAR;
  if (
    /^(?:stage|grade|type|class|group|step|phase|level|part|figure|table) [IVX\d]+[A-Z]?$/i.test(subject) &&
    topic.condition === undefined
  )
    return UNCLEAR;
  if (/^(?:stage|grade) [IVX\d]+[A-Z]?$/i.test(subject) && topic.condition)
    return {
      status: 'clear',
      clause,
      referent: { text: subject, plural: false, animate: false },
      scope: topic.condition,
    };
  if (/,/.test(subject) && !/\b(?:and|or)\b/.test(subject)) return UNCLEAR;
  if (/^(?:each|every|last|next|one|this) (?:year|month|week|day|time|night|morning)\b/.test(subject)) return UNCLEAR;
  if (/^(?:that|it|there|here|what|this)['\u2019]s\b/i.test(subject)) return UNCLEAR;
  if (subjectTokens.length > 14 || hasBareClause(subjectTokens) || hasVerb(subjectTokens)) return UNCLEAR;
  const referent = { text: subject, plural: clause.plural, animate: clause.animate };
  const scope = scopeOf(clause, topic);
  return scope === undefined ? UNCLEAR : { status: 'clear', clause, referent, ...(scope !== '' && { scope }) };
}

/** "sickle cell disease" -> "SCD". */
function initials(condition: string): string {
  const letters =
    condition
      .match(/(?<![\p{L}])\p{L}/gu)
      ?.join('')
      .toUpperCase() ?? '';
  return letters.length > 1 ? letters : '(?!)';
}

/** True where the text names the topic, by any telling word of it. */
export const names = (text: string, condition: string): boolean =>
  text.toLowerCase().includes(condition.toLowerCase()) ||
  new RegExp(`\\b${initials(condition)}s?\\b`).test(text.replace(/(?<=\p{Lu})\.(?=\p{Lu}|\s|$)/gu, '')) ||
  condition
    .toLowerCase()
    .split(/[^\p{L}\p{N}.-]+/u)
    .some(
      (word) =>
        word.length > 3 &&
        !/^(?:disease|syndrome|disorder|cancer|cell|with|type|deficiency)$/.test(word) &&
        text.toLowerCase().includes(word.replace(/s$/, '')),
    );

/** "In lung cancer, which four types of treatment are used?" */
export const inTopic = (question: string, { condition }: Topic): string =>
  condition === undefined || names(question, condition) || namesIllness(question)
    ? question
    : `in ${condition}, ${question}`;
export const behindTopic = (question: string, { condition }: Topic): string =>
  condition === undefined || names(question, condition) || namesIllness(question)
    ? question
    : `${question} in ${condition}`;

/** What must be said beside the subject so that it is clear: '' nothing, undefined that nothing would do. */
function scopeOf({ subjectTokens, head, subject, animate }: Clause, { condition, known }: Topic): string | undefined {
  if (
    /^(?:some|very few|certain|other|several|many|most|few|all|any|more|less|both|another|further|additional|these|no|a few|a number|a variety|various|different|each|every|examples?|one|two|three)\b/.test(
      subject,
    ) &&
    !/^(?:every|each|all|no|any|most|two|three) /.test(subject)
  )
    return undefined;
  if (
    /^(?:most|all|any|no|two|three)\b/.test(subject) &&
    subjectTokens.length < 4 &&
    (GENERAL.has(head) || OUTSIDERS.has(head))
  )
    return undefined;
  if (subject.startsWith('the ') && GENERAL.has(head) && subjectTokens.length < 4) return undefined;
  if (
    /^your (?:\w+ )?(?:doctor|team|cardiologist|specialist|surgeon|nurse|provider|dentist|child|baby|family|body)\b/.test(
      subject,
    )
  )
    return undefined;
  const content = subjectTokens.filter(
    ({ low }) =>
      !DETERMINERS.has(low) &&
      !PREPOSITIONS.has(low) &&
      !/^(?:new|different|standard|common|clinical|possible|usual|general|main|certain|other|good|bad)$/.test(low),
  );
  if (animate && condition !== undefined && /^(?:all|most) /.test(subject))
    return names(subject, condition) ? '' : condition;
  if (animate && subjectTokens.length < 3 && condition === undefined) return '';
  if (
    condition !== undefined &&
    /^(?:signs|symptoms|features|causes|treatments|complications|effects|factors|options)$/.test(head) &&
    !/ (?:of|for|in) /.test(subject)
  )
    return names(subject, condition) ? '' : condition;
  if ((GENERAL.has(head) && content.length < 2) || (animate && subjectTokens.length < 3)) {
    if (condition === undefined)
      return subjectTokens.length > 2 ? '' : GENERAL.has(head) || OUTSIDERS.has(head) ? undefined : '';
    return names(subject, condition) ? '' : condition;
  }
  if (subjectTokens[0]?.low !== 'the') return '';
  const more = subjectTokens.slice(1).filter(({ low }) => !DETERMINERS.has(low));
  if (UNIQUE.test(subject)) return condition === undefined || names(subject, condition) ? '' : condition;
  if (known.has(head.replace(/s$/, '')) || INSTITUTIONS.has(head)) return '';
  const before = more.findIndex(({ low }) => PREPOSITIONS.has(low) || RELATIVES.has(low));
  const modifiers = (before < 0 ? more : more.slice(0, before)).slice(0, -1);
  const telling = modifiers.some(
    ({ low }) =>
      !/^(?:cancer|tumou?r|disease|new|other|same|whole|entire|first|second|third|last|main|outer|inner|upper|lower|left|right|extra|long|short|thin|thick|special|specific|final|initial|affected|balloon|sample|heart|brain|body|two|three|four|abnormal|normal|small|large|remaining|resulting|following|next|previous|current|exact)$/.test(
        low,
      ),
  );
  if (telling || more.slice(before).some(({ text }) => /\d|^\p{Lu}/u.test(text))) return '';
  const role =
    ROLES.has(head.replace(/s$/, '')) ||
    /^(?:purpose|use|number|amount|risk|diagnosis|treatment|price|cost|size|length|name|date|aim|rules?|role|function|signs?|symptoms?|inside|outside|side|lining|wall)$/.test(
      head,
    );
  if (
    before > 0 &&
    more[before]?.low === 'of' &&
    role &&
    more.length > before + 1 &&
    !/^(?:the|this|these)$/.test(subjectTokens[before + 2]?.low ?? '')
  )
    return '';
  return before > 0 && condition !== undefined && names(subject, condition) ? '' : undefined;
}

const UNIQUE =
  /^the (?:\S+ ){0,2}(?:average|only|most|main|best|usual|typical|total|minimum|maximum|highest|lowest|\p{L}{3,}est)\b/iu;

/** "the way the chemotherapy": a clause without its "that". */
const hasBareClause = (tokens: Clause['subjectTokens']): boolean =>
  tokens.some(
    ({ low }, i) =>
      i > 0 &&
      /^(?:the|an?)$/.test(low) &&
      !tokens[i - 1]!.text.endsWith(',') &&
      tokens[i - 1]!.tags.has('Noun') &&
      !PREPOSITIONS.has(tokens[i - 1]!.low) &&
      !/^(?:and|or|than|that|as)$/.test(tokens[i - 1]!.low),
  );

/** "many people believe that there", "you'll be awake, but your doctor": more than a noun phrase. */
const hasVerb = (tokens: Clause['subjectTokens']): boolean =>
  tokens.some(({ low, tags }, i) => {
    if (
      i === 0 &&
      /^(?:is|are|was|were|be|can|may|has|have|does|do|depending|based|according|including|regarding|compared|given)$/.test(
        low,
      )
    )
      return true;
    if (
      i === 0 &&
      tags.has('Verb') &&
      !tags.has('Gerund') &&
      !/ing$|ed$/.test(low) &&
      (DETERMINERS.has(tokens[1]?.low ?? '') || /^(?:how|what|why|whether)$/.test(tokens[1]?.low ?? ''))
    )
      return true;
    if (low === 'whether' || (/["\u201c\u201d]/.test(tokens[i]!.text) && tokens.length > 1)) return true;
    if (
      i > 0 &&
      i + 1 < tokens.length &&
      low.endsWith('s') &&
      tags.has('PresentTense') &&
      !tokens.slice(0, i).some((one) => RELATIVES.has(one.low))
    )
      return true;
    if (low === 'sooner' || (low === 'more' && i === 1)) return true;
    if (
      low === 'but' ||
      low === 'however,' ||
      low === 'however' ||
      /['\u2019](?:ll|re|ve|d)$|^(?:do|does|did|is|are|ca|wo)nt$/.test(low) ||
      low === 'not'
    )
      return true;
    const previous = tokens[i - 1];
    if (RELATIVES.has(low))
      return (
        previous !== undefined &&
        previous.tags.has('Verb') &&
        !previous.tags.has('Noun') &&
        !DETERMINERS.has(tokens[i - 2]?.low ?? 'the')
      );
    const relative = tokens.slice(0, i).some((one) => RELATIVES.has(one.low));
    return (
      i > 0 &&
      !relative &&
      low !== 'to' &&
      previous!.low !== 'to' &&
      !/^(?:and|or)$/.test(previous!.low) &&
      (tags.has('PresentTense') || tags.has('Modal') || tags.has('Infinitive')) &&
      !tags.has('Gerund') &&
      !tags.has('Noun') &&
      /^(?:hope|hopes|believe|believes|think|thinks|say|says|know|knows|want|wants|suggests?|shows?)$/.test(low)
    );
  });

function replaced(clause: Clause, by: Referent): Resolved {
  const said = clause.subject;
  const pattern = new RegExp(`(^|, |^\\W*)${said.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\b`, 'i');
  return {
    status: 'clear',
    clause: {
      ...clause,
      subject: by.text,
      plural: by.plural,
      animate: by.animate,
      subjectTokens: tokensOf(clause, by.text),
    },
    referent: by,
    spelled: (sentence) =>
      sentence.replace(
        pattern,
        (_, before: string) =>
          `${before}${before === '' ? by.text.charAt(0).toUpperCase() + by.text.slice(1) : by.text}`,
      ),
  };
}

/** The new subject as tokens: one for each word, nouns all. */
const tokensOf = ({ subjectTokens }: Clause, text: string): Clause['subjectTokens'] =>
  text.split(' ').map((word) => ({
    text: word,
    low: word.toLowerCase().replace(/[^\p{L}\p{N}-]/gu, ''),
    tags: subjectTokens[0]?.tags.has('Noun') ? subjectTokens[0].tags : new Set(['Noun']),
  }));

/** Everyone of a house knows which one is meant. */
const INSTITUTIONS = new Set(
  (
    'workshop office shop store company clinic practice hospital school library museum studio office desk reception kitchen garden website app team staff ' +
    'committee board management harbour harbor port station airport farm factory mill building house warehouse canteen helpdesk hotline service council club bank restaurant hotel laboratory lab university ' +
    'lungs kidneys kidney ovaries uterus vagina spleen thymus thyroid pancreas colon rectum prostate esophagus spine gut lung bladder urethra penis vulva retina eyes ears nose tongue mouth throat bones muscles nerves arteries veins ' +
    'sun moon earth internet brain heart liver skin stomach womb uterus bladder body eye immune'
  ).split(' '),
);

export const isInstitution = (noun: string): boolean => INSTITUTIONS.has(noun);

const CONDITION =
  /\b(?:disease|apnea|ataxia|dystonia|chorea|tremor|microdeletion|incompatibility|neoplasms?|veins|syndrome|disorder|cancer|infection|deficiency|tumou?rs?|stroke|injury|arrest|anemia|anaemia|leuk\w+|diabetes|shingles|psoriasis|incontinence|aciduria|hypophosphatemia|headache|palsy|neuralgia|sclerosis|fever|virus)\b|(?:itis|osis|emia|aemia|oma|pathy|plegia|algia|uria|phagia|trophy|noses|agnosia|omyelia|ncephaly|bifida)s?\b/i;

/** True of words that name an illness, whichever. */
export const namesIllness = (text: string): boolean =>
  CONDITION.test(text.replace(/\b(?:prog|diag)noses?\b|\b(?:prog|diag)nosis\b/gi, ''));

const OUTSIDERS = new Set(
  'physicians clinicians surgeons providers pathologist pathologists therapist therapists radiologist specialist specialists investigators teachers parents people patients doctors researchers scientists experts women men children adults infants person patient doctor someone anyone'.split(
    ' ',
  ),
);

const PLAIN_WORDS = 12;
const meanWords = (passage: string): number => {
  const sentences = passage.split(/[.!?]\s+/);
  return sentences.reduce((sum, one) => sum + one.trim().split(/\s+/).length, 0) / sentences.length;
};

/** The topic of a passage, by its headings and what it often names. */
export function topicOf(path: readonly string[], passage: string): Topic {
  const title = (path[0] ?? '').replace(/\s*\([^)]*\)/g, '').trim();
  const words = title.split(/\s+/);
  const heading = path.at(-1) ?? '';
  // "What causes X?" below the title "X": the document answers what is asked about an illness.
  const asksOfTitle = title !== '' && /\?\s*$/.test(heading) && heading.toLowerCase().includes(title.toLowerCase());
  const named = asksOfTitle
    ? !/^\w+ing /i.test(title) && !/\b(?:in|for|with|about)\b|[?:!]/i.test(title)
    : CONDITION.test(title) &&
      !/^(?:an?|the|\w+ing) /i.test(title) &&
      !/\b(?:needs|is|are|can|and|in|for|with|about|tests?|care|guide)\b|[?:!,]/i.test(title);
  const condition = words.length <= 6 && named ? inSentence(title, passage) : undefined;
  const known = new Set(
    path
      .join(' ')
      .toLowerCase()
      .match(/\p{L}{3,}/gu)
      ?.map((word) => word.replace(/s$/, '')) ?? [],
  );
  const counts = new Map<string, number>();
  for (const word of passage.toLowerCase().match(/\p{L}{4,}/gu) ?? []) {
    const stem = word.replace(/s$/, '');
    if (GENERAL.has(word) || PEOPLE.has(word)) continue;
    counts.set(stem, (counts.get(stem) ?? 0) + 1);
  }
  for (const [word, count] of counts) if (count >= (condition === undefined ? 3 : 5)) known.add(word);
  const repeated = new Set([...counts].filter(([, count]) => count >= 2).map(([word]) => word));
  const plain = !asksOfTitle && (condition === undefined || meanWords(passage) <= PLAIN_WORDS);
  return {
    path,
    known,
    repeated,
    plain,
    ...(condition !== undefined && { condition }),
    ...(asksOfTitle && { name: inSentence(title, passage) }),
  };
}

/** "Wilson Disease" -> "Wilson disease", "Vulvar Cancer" -> "vulvar cancer": names keep their capitals. */
function inSentence(title: string, passage: string): string {
  return title
    .split(/\s+/)
    .map((word) =>
      /^\p{Lu}\p{Ll}+(?:-\p{Lu}\p{Ll}+)?$/u.test(word) &&
      (word.includes('-')
        ? word.split('-').every((part) => COMMON.test(part))
        : CONDITION.test(word) ||
          COMMON.test(word) ||
          new RegExp(`\\b${word.toLowerCase().replace(/s$/, '')}s?\\b`).test(passage))
        ? word.toLowerCase()
        : word,
    )
    .join(' ');
}

const COMMON =
  /^(?:lung|skin|breast|colon|rectal|vulvar|penile|prostate|urethral|parathyroid|pituitary|colorectal|small|cell|non|large|spinal|cord|sudden|cardiac|sickle|restless|legs|sleep|urinary|tract|peripheral|arterial|yellow|nail|stiff|person|progressive|supranuclear|shaken|baby|varicose|veins|heart|kidney|liver|iron|bladder|chronic|acute|rheumatoid|transverse|tuberous|trigeminal|thoracic|outlet|tethered|intestine|inherited|dominant|linked|plasma|virus|duplication|deletion|microdeletion)$/i;
