/** Short lists of common English words, by what they do in a sentence. Data, not rules. */

const list = (text: string) => new Set(text.trim().split(/\s+/));

export const ARTICLES = list('the a an');
export const DETERMINERS = list('the a an this these those each every my your his her its our their some any');
/** Prepositions that never follow one another, or an article, in running text. */
export const PREPOSITIONS = list('of at for from with by into onto during among');
export const CONJUNCTIONS = list('and or but nor because although unless if than');
export const AUXILIARIES = list(
  'is are was were be been being am has have had having do does did can could will would shall should may might must cannot',
);
export const NEGATORS = list(
  "no not never none nor neither without cannot can't don't doesn't didn't isn't aren't wasn't weren't won't wouldn't shouldn't couldn't mustn't needn't hasn't haven't hadn't non",
);

/** Words that carry no fact: articles, auxiliaries, pronouns, most prepositions, hedges and filler. */
export const STOP_WORDS = list(`
  the a an this that these those each every such some any all both either own same
  i me my mine myself we us our ours you your yours yourself he him his she her hers it its itself they them their theirs themselves
  one ones person people someone somebody anyone anybody everyone something anything thing things
  is are was were be been being am has have had having do does did doing done can could will would shall should may might must
  of at for from with by into onto during among in on to as up out off about per via between within than upon through
  and or but nor because although though unless if whether so then also while when where which who whom whose what why how
  there here very much many more most quite rather just only even still again too else ever
  usually often about around approximately roughly nearly almost typically generally normally commonly mostly sometimes frequently
  please yes ok okay well however therefore thus hence according called known mean means meaning
  get gets getting got let lets make makes made making happen happens happening happened need needs needed
  once twice assistant long old way kind kinds sort amount number order case cases
`);

/** Verbs common enough to recognise a sentence by, beside the auxiliaries. Stems are compared. */
export const COMMON_VERBS = list(`
  take give get make go come see call seek ask tell talk speak find need use keep let begin start stop end last help show
  cause raise lower increase reduce affect contain include happen become grow live work release control measure check protect
  lead follow return improve ease clear settle prevent avoid treat stay wear change replace hold feel bring carry cover
  support recommend decide choose confirm diagnose look stand drive soak mean require produce break damage harm
  trigger restore run move open close turn put set eat drink sleep rest wait lose gain add remove allow enable depend form
  appear develop occur spread travel pass shed drop heal numb soothe irritate dry count reach fall cure delay shrink slow
  estimate collect list absorb thicken suggest explain describe lie pay buy send learn play read write
  limit answer visit contact want know think believe try like plan share offer provide receive build create join leave meet
`);

/** Verbs that are no nouns as well, in the form that follows no article. */
export const BARE_VERBS = list(`
  give recommend contain become protect prevent avoid ask tell bring allow happen happens begin begins keep keeps include includes
  appear appears occur occurs contains becomes protects prevents makes takes gives recommends follows seek lasts affects
`);

/** Common words beyond those above, so that ordinary prose is not taken for nonsense. */
export const COMMON_WORDS = list(`
  time day days week weeks month months year years hour hours minute minutes night morning today now soon early late later first second
  third next last before after until since always never often good bad best better worse new old young small large big high higher low
  lower less least few fewer great little normal common rare main different important possible safe unsafe dangerous serious severe mild
  sudden strong weak light heavy full part whole half side end start top place home house work school life health healthy body head heart
  blood skin hand arm leg foot eye face chest back belly pain fever symptom symptoms sign signs risk cause effect effects change test
  tests result results treatment medicine medicines pill pills tablet tablets dose doctor doctors nurse midwife pharmacist clinic hospital
  emergency services care urgent help advice woman women man men girl boy child children baby mother father parent family friend user users
  patient patients name number point question answer water food drink milk air world country group system problem example
  percent degree level rate form type method use using used able available against inside outside above below under over away near
  together without while once twice other others another own sure true false right wrong long short wide deep clear hard easy free open
`);
