/** Word lists of the closed classes, and the few open ones that the rules need to name. */

const list = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

export const MODALS = list('can could may might must shall should will would');
export const BE = list('is are was were');
export const HAVE = list('has have had');
export const DO = list('does do did');
export const RELATIVES = list('that who which whose whom where');

/** Words that open a clause of their own: the main verb stands before them. */
export const SUBORDINATORS = list('if when whenever because unless while although though whereas until since once');

export const PREPOSITIONS = list(`
  about above across after against along among around as at before behind below beside besides between beyond by
  despite down during except for from in inside into like near of off on onto out outside over past per since
  through throughout to toward towards under unlike until up upon via with within without`);

export const DETERMINERS = list('a an the this that these those every each some any no most many few several all both');

/** Adverbs that may stand between a subject and its verb. */
export const ADVERBS = list(`
  usually often sometimes rarely seldom never always generally typically normally commonly slightly also only mostly
  mainly probably seriously safely still already just even frequently occasionally hardly soon then greatly now
  almost nearly often both currently sometimes again ever`);

/** Subjects that point at another sentence: a question made from one would not stand alone. */
export const POINTERS = list(
  'it this that these those they he she we i them there such its their his her another others one both',
);

/** Verbs that taggers often take for nouns ("bacteria cause infections"), and the common ones: base forms. */
export const KNOWN_VERBS = list(`
  absorb accept achieve act adapt add admit affect agree aim aim allow answer appear apply approve arise arrive ask
  assess attack attend avoid balance base beat become begin belong benefit bind bleed block book borrow break bring build
  burn buy call calm carry catch cause change charge check choose claim clean clear close collect combine come compare
  complete concern conduct confirm connect consider consist contain continue contribute control convert cook cool copy
  cost count cover create cross cure cut damage deal decide decrease define delay deliver demand depend describe destroy
  detect determine develop diagnose die differ digest disappear discuss divide do drain draw drink drive drop dry ease eat
  employ enable encourage end enter estimate examine exceed exist expand expect experience explain extend face fail fall
  feed feel fight fill find fit fix flow follow force form function gain generate get give go grow handle hang happen harm
  heal hear help hide hold hurt identify impair improve include increase indicate infect influence inherit interfere
  interrupt invade involve irritate issue join keep kill know label lack last lay lead learn leave lend let lie lift
  limit line link list live look lose lower maintain make manage mark match matter mean measure meet melt mix move narrow
  need notice number numb occur offer open operate order originate own pack pass pay perform permit pick place plan play
  point pose possess predict prefer prescribe present prevent print process produce progress promote protect provide pull
  pump push put qualify raise range reach react read receive recognize recommend record recover recur reduce refer refuse
  regulate relate release relieve rely remain remove repair repeat replace report represent request require resemble
  resolve respond rest restore result return reveal ring rise run save say schedule search see seek sell send separate
  serve set settle shed shift show shrink shut sign signal sit sleep slow soothe sound speak speed spend spread stand
  start stay stem stick stop store strengthen stretch strike study suffer suggest suit supply support suppress surround
  survive swell switch take talk teach tell tend test thicken think transfer transport travel treat trigger try turn
  undergo understand use vary view visit wait want warn wash watch weaken wear weigh widen work worsen write`);

/** First words of sentences that tell the reader what to do. */
export const IMPERATIVES = list(`
  add allow apply ask assess attach avoid be begin book bring call change charge check
  choose clamp clean clear close collect complete connect consider consult contact cook cool count cover cut describe dial
  discuss dispose do drain draw drill drink dry eat empty enter exercise expect fill find finish fix follow get give go
  hand handle hang hold include inform insert inspect install join keep lay learn leave let lift limit list lock look lower
  lubricate make mark measure mix move note notify open order pack park pay perform phone pick place plan plug point pour
  practice practise prepare press print protect provide pull push put raise reach read record reduce release remember
  remove rename repair repeat replace report request reset rest restart return ring rinse rotate run save schedule see seek select
  send set shake share show shut sign sit speak spread stand start stay stop store submit supply switch take talk tell
  test thaw tie tighten treat try turn type unplug update use visit wait walk warn wash watch wear weigh wipe wrap write`);

/** Heads of noun phrases that name people. */
export const PEOPLE = list(`
  physician physicians provider providers pathologist pathologists therapist therapists radiologist surgeons investigators
  cardiologist urologist neurologist individuals individual males females smokers adult adults apprentice apprentices anyone applicant applicants beginner beginners borrower borrowers guest guests neighbour
  neighbours participant participants participants pensioner pensioners resident residents scientist scientists tenant tenants
  trainee trainees volunteer volunteers customer assistant baby babies boy boys child children clinician clinicians couple couples customer customers dentist
  doctor doctors driver drivers employee employees everyone expert experts father fathers girl girls gp man manager
  managers member members men midwife midwives mother mothers nobody nurse nurses owner owners parent parents partner
  partners patient patients people person pharmacist pharmacists prescriber prescribers pupil pupils smoker smokers
  specialist specialists staff student students surgeon teacher teachers team teenager teenagers traveller travellers
  user users visitor visitors woman women worker workers`);

export const PLURALS = list('bacteria children criteria data feet men mice people police sperm teeth women');

/** Singular, whatever their ending says. */
export const SINGULARS = list('diabetes herpes rabies measles news gas lens bias physics mathematics economics');

export const IRREGULAR_PARTICIPLES = list(
  'spread become grown begun come gone lost led built caught understood told thought broken chosen eaten fallen forgotten hidden risen run shut spent stolen swollen torn thrown woken written bought brought done taken given worn felt held kept left put cut set read drawn seen known found made paid sent sold shown',
);

/** Noun heads that name a role in a relation ("a sign of X"): the question asks who or what has that role. */
export const ROLES = list(`
  aim cause complication cure effect example factor feature goal method part place purpose reason remedy risk sign
  symptom treatment type way`);

/** Verbs whose subject is a fair thing to ask for: "What triggers thrush?". */
export const CAUSAL = list(`
  affect block calm cause change clear collect control cure damage decide decrease delay ease estimate give harm
  help improve increase irritate lower make measure prevent protect put raise reduce relax release remove replace reverse
  save shed show slow soothe speed stop strengthen support thicken trigger turn weaken confirm conceive`);

/** Verbs that say how a thing changes: "How does smoking affect bone loss?". */
export const CHANGING = list('raise lower reduce increase decrease delay slow speed thicken improve weaken strengthen');

/** Verbs that say what is done to a thing: "What does soap do to the skin?". */
export const ACTING = list('damage harm irritate numb dry ease soothe relax stop calm block protect');

/** Verbs whose object is a fair thing to ask for: "What does a copper coil contain?". */
export const OBJECTS = list(`
  absorb bring carry cause check check-for collect contain control cost cover create cure destroy detect diagnose evaluate
  examine experience explain generate have identify include indicate involve kill lack look mean
  measure need offer pay possess predict prevent produce promote protect provide receive recommend regulate release
  relieve remove replace require resemble screen sell show study suggest supply support teach test treat trigger use view
  wear want`);

/** Verbs that say how two things hang together: asking for the object needs no more of the sentence. */
export const RELATING = list(
  'cause include lead result contribute protect consist depend affect treat prevent contain produce mean destroy',
);

/** Of these an object is asked for, but only in so many words that the subject is clear: "What do visitors sign?". */
export const LIGHT = list('put give turn do keep become let last take go come');

/** Participles before a place: "Where is the key kept?". */
export const PLACED = list(
  'mixed found located kept stored sold placed held situated hung parked displayed laid fitted injected inserted published',
);

/** Verbs before a place: "Where do power tools stay?". */
export const STANDING = list(
  'go live lie sit stay grow stand hang happen begin start work sleep hide stick remain rest occur meet wait park',
);

/** Verbs whose measure is a length of time. */
export const LASTING = list('last take need require stay remain');

/** Verb and preposition that a question keeps together: "What do condoms protect against?". */
export const PARTNERS: ReadonlyMap<string, string> = new Map([
  ['ask', 'for'],
  ['look', 'for'],
  ['check', 'for'],
  ['test', 'for'],
  ['screen', 'for'],
  ['care', 'for'],
  ['account', 'for'],
  ['protect', 'against'],
  ['consist', 'of'],
  ['depend', 'on'],
  ['rely', 'on'],
  ['focus', 'on'],
  ['lead', 'to'],
  ['contribute', 'to'],
  ['refer', 'to'],
  ['belong', 'to'],
  ['respond', 'to'],
  ['result', 'in'],
  ['come', 'from'],
  ['suffer', 'from'],
  ['benefit', 'from'],
  ['differ', 'from'],
  ['interfere', 'with'],
  ['help', 'with'],
]);

export const PARTICLES = list('up down out off away back');

/** Nouns that need more words to say what is meant. */
export const GENERAL = list(
  `treatment treatments symptom symptoms sign signs therapy surgery diagnosis prognosis research studies study patients people doctors cause causes test tests testing results result information scientists researchers medicine medicines drugs drug problems problem things thing changes change risk risks other others cases case children adults women men infants screening prevention cells tissue tumor tumors cancer disease diseases disorders conditions condition complications example stage stages death changes lifestyle effects complications benefits problems type types machine device frequency history blood factor factors level levels number percentage chance effects effect goal goals option options procedure procedures study medication medications exact amount rate recovery`,
);
