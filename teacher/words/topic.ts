import { GENERAL, PEOPLE } from './lexicon.ts';

/** What a document is about, and whether words name it. */

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
