/** Word lists of the closed classes, and the few open ones that the rules need to name. */

const list = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

export const MODALS = list('can could may might must shall should will would');
export const BE = list('is are was were');
export const HAVE = list('has have had');
export const DO = list('does do did');
export const RELATIVES = list('that who which whose whom where');

/** Words that open a clause of their own: the main verb stands before them. */
export const SUBORDINATORS = list('if when because unless while although whereas until since');

export const PREPOSITIONS = list(`
  about above across after against along among around as at before behind below beside besides between beyond by
  despite down during except for from in inside into like near of off on onto out outside over past per since
  through throughout to toward towards under until up upon with within without`);

export const DETERMINERS = list('a an the this that these those every each some any no most many few several all both');

/** Adverbs that may stand between a subject and its verb. */
export const ADVERBS = list(`
  usually often sometimes rarely seldom never always generally typically normally commonly slightly also only mostly
  mainly probably seriously safely still already just even first frequently occasionally hardly soon then greatly`);

/** Adverbs that make a yes-or-no question lopsided: "Does it rarely spread?" asks worse than "Does it spread?". */
export const NEGATIVE_ADVERBS = list('rarely seldom never hardly');

/** Subjects that point at another sentence: a question made from one would not stand alone. */
export const POINTERS = list(
  'it this that these those they he she we i them there such its their his her another others one both',
);

/** Words that need another sentence to be understood, wherever they stand. */
export const UNRESOLVED = list('it they them their this these those he she him his her we us our you your');

/** Verbs that taggers often take for nouns ("bacteria cause infections"): base forms. */
export const KNOWN_VERBS = list(`
  absorb affect appear arrive ask avoid become begin block bring calm carry cause change check clean clear collect come
  contain control cost cover cure damage decide delay depend develop drop ease end estimate expect fall feed fit follow
  give go grow happen harm help hold improve include increase irritate keep last lead leave lie list live lose lower
  make mean measure need notice numb open prevent produce protect provide put raise reach recommend reduce release
  remain remove replace require rest return rise run save settle shed show shrink sit soothe spread start stay stop
  store suffer support take thicken trigger turn use work`);

/** First words of sentences that tell the reader what to do. */
export const IMPERATIVES = list(`
  add apply ask avoid book bring call check choose clean consult contact dial discuss drink eat get give go keep limit
  phone place put report rest ring see seek speak stop store take talk tell treat try use visit wash wear`);

/** Heads of noun phrases that name people. */
export const PEOPLE = list(`
  adult adults anyone assistant baby babies boy boys child children clinician clinicians couple couples customer customers dentist
  doctor doctors driver drivers employee employees everyone expert experts father fathers girl girls gp man manager
  managers member members men midwife midwives mother mothers nobody nurse nurses owner owners parent parents partner
  partners patient patients people person pharmacist pharmacists prescriber prescribers pupil pupils smoker smokers
  specialist specialists staff student students surgeon teacher teachers team teenager teenagers traveller travellers
  user users visitor visitors woman women worker workers`);

export const PLURALS = list('bacteria children criteria data feet men mice people police sperm teeth women');

/** Singular, whatever their ending says. */
export const SINGULARS = list('diabetes herpes rabies measles news gas lens bias physics mathematics economics');

export const IRREGULAR_PARTICIPLES = list(
  'done taken given worn felt held kept left put cut set read drawn seen known found made paid sent sold shown',
);

/** Noun heads that name a role in a relation ("a sign of X"): the question asks who or what has that role. */
export const ROLES = list(`
  aim cause complication cure effect example factor feature goal method part place purpose reason remedy risk sign
  symptom treatment type way`);

/** Verbs whose subject is a fair thing to ask for: "What triggers thrush?". */
export const CAUSAL = list(`
  affect block bring calm cause change clear collect control cure damage decide decrease delay ease estimate give harm
  help improve increase irritate lower make measure prevent protect put raise reduce relax release remove replace reverse
  save shed show slow soothe speed stop strengthen support thicken trigger turn weaken confirm conceive`);

/** Verbs that say how a thing changes: "How does smoking affect bone loss?". */
export const CHANGING = list('raise lower reduce increase decrease delay slow speed thicken improve weaken strengthen');

/** Verbs that say what is done to a thing: "What does soap do to the skin?". */
export const ACTING = list('damage harm irritate numb dry ease soothe relax stop calm block protect');

/** Verbs whose object alone is a poor thing to ask for. */
export const LIGHT = list('put give have make turn do keep become get help let last');

/** Verbs whose measure is a length of time. */
export const LASTING = list('last take need require stay remain');

/** Verb and preposition that a question keeps together: "What do condoms protect against?". */
export const PARTNERS: ReadonlyMap<string, string> = new Map([
  ['ask', 'for'],
  ['look', 'for'],
  ['check', 'for'],
  ['test', 'for'],
  ['screen', 'for'],
  ['protect', 'against'],
  ['consist', 'of'],
  ['depend', 'on'],
  ['rely', 'on'],
  ['lead', 'to'],
  ['contribute', 'to'],
  ['result', 'in'],
  ['come', 'from'],
]);

export const PARTICLES = list('up down out off away back');
