import type { Clause } from './clause.ts';
import { NEGATIVE_ADVERBS } from './lexicon.ts';
import type { Conjugator } from './tokens.ts';

/** One thing to ask, as a question of its own and inside another sentence: "how long does X last", "how long X lasts". */
export interface Asked {
  direct: string;
  /** Absent where only the direct form reads well. */
  embedded?: string;
  /** Asks what something is: few words are enough. */
  names?: boolean;
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
    const lead = auxiliary === 'may' ? 'might' : auxiliary;
    return {
      direct: words(wh, lead, subject, negated ? 'not' : '', adverbs, verb, rest),
      embedded: words(wh, subject, this.finite(verb, adverbs), rest),
    };
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

  /** Yes or no. The embedded form has no "whether" yet. A negation is left out: people ask the plain way. */
  yesNo(rest: string): Asked {
    const { subject, auxiliary, verb, doSupport, negated } = this.clause;
    const adverbs = NEGATIVE_ADVERBS.has(this.clause.adverbs) ? '' : this.clause.adverbs;
    const only = /^only (.+)$/i.exec(subject)?.[1];
    if (only) {
      const kind = this.clause.animate ? 'the only one who' : 'the only thing that';
      const predicate = words(this.finite(), rest);
      return { direct: words('is', only, kind, predicate), embedded: words(only, 'is', kind, predicate) };
    }
    const asked = subject.replace(/^no /, 'any ');
    const counted =
      /^(?:\d|about|around|over|under|up to|at least|more|less|fewer|nearly|almost|many|most|some|few)\b/i.test(
        subject,
      );
    const plain = counted ? rest : rest.replace(/^no (?!more|less|fewer)/, 'any ');
    if (auxiliary === 'must') {
      if (negated)
        return {
          direct: words('can', asked, adverbs, verb, plain),
          embedded: words(asked, 'can', adverbs, verb, plain),
        };
      const lead = this.clause.plural ? 'do' : 'does';
      const have = this.clause.plural ? 'have to' : 'has to';
      return {
        direct: words(lead, asked, adverbs, 'have to', verb, plain),
        embedded: words(asked, adverbs, have, verb, plain),
      };
    }
    const lead = auxiliary === 'may' ? 'might' : auxiliary;
    const direct = words(lead, asked, adverbs, verb, plain);
    if (doSupport) return { direct, embedded: words(asked, this.finite(verb, adverbs), plain) };
    if (negated && /^do|^did/.test(auxiliary)) {
      return { direct, embedded: words(asked, adverbs, auxiliary === 'does' ? this.#verbs.third(verb) : verb, plain) };
    }
    return { direct, embedded: words(asked, lead, adverbs, verb, plain) };
  }
}

const MODALS_AND_PAST = /^(?:can|could|may|might|must|shall|should|will|would|did|had|was|were)$/;
const singular = (auxiliary: string): string => ({ are: 'is', have: 'has', do: 'does' })[auxiliary] ?? auxiliary;
