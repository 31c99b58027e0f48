import type { Clause } from './clause.ts';
import type { Asked } from './forms.ts';
import { IMPERATIVES } from './lexicon.ts';
import { AMOUNT, rule, TIME } from './measures.ts';
import type { Token } from './tokens.ts';

/** Everything that can be asked about one sentence. */
export interface Plan {
  /** Best first. */
  gaps: Asked[];
  yesNo: Asked;
  /** The sentence as a clause after "that". */
  statement: string;
  kind: 'factual' | 'safety';
}

const ADVICE =
  /^((?:call|phone|ring|contact|dial|see|seek|visit|ask|consult|tell|go to|speak to|talk to) .+?),? (if|for|when) (.+)$/i;
const DELAY = rule(`(.+?) within (${AMOUNT} ${TIME})`);
const URGENT = /\b(?:emergency|emergencies|urgent|ambulance|hospital)\b/i;
const CARE = /\b(?:doctor|nurse|midwife|pharmacist|clinic|maternity|medical|care)\b/i;

/** "Call emergency services if Z.", "See a doctor within 2 days if Z.", "Seek urgent care for Z." */
export function planAdvice(sentence: string): Plan | undefined {
  const [, action, link, event] = ADVICE.exec(toFirstPerson(sentence)) ?? [];
  if (!action || !link || !event) return undefined;
  const act = action.charAt(0).toLowerCase() + action.slice(1);
  const [, prompt, delay] = DELAY.exec(act) ?? [];
  const verb = act.split(' ')[0]!;
  const urgent = URGENT.test(act);
  const care = urgent || CARE.test(act);
  const noun = link === 'for';
  const condition = noun ? (care ? `if I have ${event}` : `for ${event}`) : `${link} ${event}`;
  const original = `${link} ${event}`;
  const gaps: Asked[] = [{ direct: `what should I do ${condition}`, embedded: `what to do ${condition}` }];
  if (delay)
    gaps.push({
      direct: `how soon should I ${prompt} ${original}`,
      embedded: `how soon I should ${prompt} ${original}`,
    });
  if (['call', 'phone', 'ring', 'contact'].includes(verb)) {
    gaps.push({ direct: `who should I ${verb} ${original}`, embedded: `who to ${verb} ${original}` });
  }
  if (urgent) gaps.push(emergency(act, original, noun ? event : undefined));
  if (!condition.startsWith('for ')) gaps.push({ direct: `${condition}, what should I do` });
  return {
    gaps,
    yesNo: { direct: `should I ${act} ${original}`, embedded: `I should ${act} ${original}` },
    statement: `I should ${act} ${original}`,
    kind: care ? 'safety' : 'factual',
  };
}

function emergency(act: string, condition: string, event: string | undefined): Asked {
  const services = /emergency services|ambulance/.test(act);
  if (!event) return { direct: services ? `is it an emergency ${condition}` : `do I need urgent care ${condition}` };
  const head = event.split(/ (?:of|in|on|with|after|before|during|under|above|below|for) /)[0]!;
  const single = /^(?:an?|any|one|each|every)\b/i.test(event);
  const plural = !single && (/[^su]s$/.test(head) || / and /.test(head));
  if (services) return { direct: `${plural ? 'are' : 'is'} ${event} an emergency` };
  return { direct: `${plural ? 'do' : 'does'} ${event} need urgent care` };
}

/** "Avoid alcohol in pregnancy." as "I should avoid alcohol in pregnancy"; undefined for what is no instruction. */
export function instructionClause(tokens: readonly Token[]): Clause | undefined {
  const lows = tokens.map((token) => token.low);
  const negated = lows[0] === 'never' || (lows[0] === 'do' && lows[1] === 'not');
  const start = lows[0] === 'never' ? 1 : negated ? 2 : 0;
  const verb = lows[start];
  const next = tokens[start + 1];
  if (!verb || !IMPERATIVES.has(verb) || !next) return undefined;
  const finite = ['is', 'are', 'was', 'were', 'can', 'may', 'should', 'must', 'will', 'of', 'has', 'have', 'and', 'or'];
  if (
    !negated &&
    (finite.includes(next.low) ||
      lows.slice(1, 5).some((low) => ['is', 'are', 'can', 'may', 'should', 'must', 'will'].includes(low)))
  ) {
    return undefined;
  }
  const rest = tokens.slice(start + 1).map((token) => ({ ...token, text: toFirstPerson(token.text) }));
  const shared = { subject: 'I', animate: true, plural: false, auxiliary: 'should', doSupport: false };
  return { ...shared, negated, adverbs: '', verb, finiteVerb: verb, voice: 'active', rest };
}

/** The reader's "you" becomes the asker's "I". */
export function toFirstPerson(text: string): string {
  return text
    .replace(/\byou are\b/gi, 'I am')
    .replace(/\byou were\b/gi, 'I was')
    .replace(/\b(with|to|for|of|from|on|near|by|give|gives|tell|tells|help|helps) you\b/gi, '$1 me')
    .replace(/\byourself\b/gi, 'myself')
    .replace(/\byours\b/gi, 'mine')
    .replace(/\byour\b/gi, 'my')
    .replace(/\byou\b/gi, 'I');
}
