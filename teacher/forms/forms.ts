import type { Clause } from '../words/clause.ts';
import type { Conjugator } from '../words/tokens.ts';

/** What a question's form is called; how far each is trusted is in trust.ts. */
export type Form =
  | 'definition'
  | 'meaning'
  | 'stage'
  | 'research'
  | 'there'
  | 'reason'
  | 'list'
  | 'topic'
  | 'relation'
  | 'subject'
  | 'advice'
  | 'section'
  | 'part'
  | 'large'
  | 'whole'
  | 'object'
  | 'happens'
  | 'phrase'
  | 'instruction'
  | 'front';

/** One thing to ask, as a question of its own and inside another sentence: "how long does X last", "how long X lasts". */
export interface Asked {
  direct: string;
  /** Absent where only the direct form reads well. */
  embedded?: string;
  /** In the asker's words already. */
  said?: boolean;
  /** Asks what something is: few words are enough. */
  names?: boolean;
  /** The rule that made it. */
  form?: Form;
}

export const words = (...parts: string[]): string =>
  parts
    .filter((part) => part !== '')
    .join(' ')
    .replace(/\bcan not\b/g, 'cannot')
    .replace(/[,;]+$/, '');

/** Puts clauses together as questions: inversion, do-support and agreement. */
export class Forms {
  readonly #verbs: Conjugator;
  readonly clause: Clause;

  constructor(clause: Clause, verbs: Conjugator) {
    this.clause = clause;
    this.#verbs = verbs;
  }

  /** Asks with `wh`; what the question keeps of the predicate is `rest`. Another verb may stand in: "do", "affect". */
  ask(wh: string, rest: string, options: { verb?: string; adverbs?: string } = {}): Asked {
    const { subject, auxiliary, negated } = this.clause;
    const verb = options.verb ?? this.clause.verb;
    const adverbs = options.adverbs ?? this.clause.adverbs;
    // "might" would ask for a chance where a permission is meant.
    const lead = auxiliary === 'may' ? 'can' : auxiliary;
    return {
      direct: words(wh, lead, subject, negated ? 'not' : '', adverbs, verb, rest),
      embedded: words(wh, subject, this.finite(verb, adverbs), rest),
    };
  }

  /** The base form of the main verb's first word: "test" of "has tested" and "is testing". */
  get bare(): string {
    const { verb, auxiliary, voice } = this.clause;
    const [first = ''] = verb.split(' ');
    return voice === 'active' && /^(?:is|are|was|were|has|have|had)$/.test(auxiliary) ? this.#verbs.base(first) : first;
  }

  base(verb: string): string {
    return this.#verbs.base(verb);
  }

  /** "usually lasts", "cannot prevent", "should be taken", "is". */
  finite(verb = this.clause.verb, adverbs = this.clause.adverbs, third = this.clause.auxiliary === 'does'): string {
    const { auxiliary, doSupport, negated } = this.clause;
    if (!doSupport) return words(auxiliary, negated ? 'not' : '', adverbs, verb);
    if (auxiliary === 'did') return words(adverbs, verb === 'do' ? 'did' : this.clause.finiteVerb);
    const [head = '', ...particle] = verb.split(' ');
    return words(adverbs, third ? this.#verbs.third(head) : head, ...particle);
  }

  /** Asks for the subject itself: "what raises the risk of blood clots". */
  askSubject(wh: string, rest: string): Asked {
    const { auxiliary, plural, doSupport } = this.clause;
    const agreed = doSupport || MODALS_AND_PAST.test(auxiliary) ? auxiliary : plural ? singular(auxiliary) : auxiliary;
    const asked = words(
      wh,
      doSupport ? this.finite(undefined, undefined, true) : this.finite().replace(auxiliary, agreed),
      rest,
    );
    return { direct: asked, embedded: asked };
  }
}

const MODALS_AND_PAST = /^(?:can|could|may|might|must|shall|should|will|would|did|had|was|were)$/;
const singular = (auxiliary: string): string => ({ are: 'is', have: 'has', do: 'does' })[auxiliary] ?? auxiliary;
