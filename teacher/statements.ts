import type { Unit } from '../documents/units.ts';
import { type Context, type Draft, finished, FOLLOWING, NO_STATEMENT } from './drafts.ts';
import { listFact } from './lists.ts';
import { plainText, whyNothing } from './words/plain.ts';
import { contentWords } from './words/content-words.ts';
import { planSentence } from './plan.ts';
import type { Referent } from './words/referents.ts';
import type { Topic } from './words/topic.ts';
import { rowFacts } from './tables.ts';
import type { Conjugator } from './words/tokens.ts';

/** What the units of a passage state one by one, and its lists as wholes. */

const MAX_ANSWER_WORDS = 80;

/** Lists as wholes: each lead-in with its items. */
export function listDrafts(units: readonly Unit[], { passage, topic, verbs, why }: Context): Draft[] {
  return units.flatMap((lead, at): Draft[] => {
    const says = plainText(lead.text);
    const items: Unit[] = [];
    for (
      let i = at + 1;
      units[i]?.kind === 'list-item' && units[i]!.leadIn !== undefined && plainText(units[i]!.leadIn!) === says;
      i++
    )
      items.push(units[i]!);
    const again = items.findIndex((item, i) => i > 1 && repeats(item, items.slice(0, i)));
    for (const item of again < 0 ? [] : items.splice(again)) why.set(item, 'repeated');
    if (items.length === 0) return [];
    try {
      const fact = listFact(lead, items, { verbs, topic });
      if (typeof fact === 'string') {
        const says = whyNothing(plainText(lead.text));
        for (const unit of [lead, ...items]) {
          const own = whyNothing(plainText(unit.text));
          why.set(unit, says === 'reference' ? says : own === undefined || own === 'fragment' ? fact : own);
        }
        return [];
      }
      // The lead-in may stand before the passage proper, where a quote would not be found.
      const quote = passage.slice(items[0]!.start, items.at(-1)!.end);
      why.set(lead, 'lead-in');
      return [
        {
          ...fact,
          quote,
          kind: /\b(?:never|not|must|danger|emergency|fire|call)\b/i.test(fact.answer) ? 'safety' : 'factual',
        },
      ];
    } catch {
      for (const unit of [lead, ...items]) why.set(unit, 'failed');
      return [];
    }
  });
}

/** "fever chills cough" behind "fever", "chills" and "cough": a list that stands there twice, once without its marks. */
function repeats(item: Unit, before: readonly Unit[]): boolean {
  const text = plainText(item.text);
  const rest = before.reduce((left, { text: one }) => left.replace(plainText(one), ''), text);
  return text.split(' ').length > 3 && rest.replace(/[^\p{L}]/gu, '').length < 3;
}

/** Sentences, rows and items that state something by themselves. */
export function statementDrafts(units: readonly Unit[], { passage, topic, verbs, why }: Context): Draft[] {
  const drafts: Draft[] = [];
  const seen = new Set<string>();
  let previous: Referent | undefined;
  let last: { unit: Unit; draft: Draft | undefined } | undefined;
  for (const unit of units) {
    const text = plainText(unit.text);
    const near =
      last !== undefined &&
      last.unit.kind === unit.kind &&
      !/\n\s*\n|\n\s*(?:[-*+]|\d+[.)]) /.test(passage.slice(last.unit.end, unit.start)) &&
      !/^\s*[-*\u2022]\s/.test(passage.slice(last.unit.end, unit.start));
    if (!near) previous = undefined;
    const result = draftsOf(unit, text, { topic, verbs, previous });
    const repeated = seen.has(text.toLowerCase());
    seen.add(text.toLowerCase());
    if (result.drafts.length > 0 && !repeated) {
      drafts.push(...result.drafts);
      last = { unit, draft: result.drafts.at(-1) };
    } else {
      const goesOn = FOLLOWING.test(text) || (last?.draft?.open === true && sharesWord(last.draft.answer, text));
      const follows =
        near && result.why !== undefined && goesOn && !NO_STATEMENT.has(result.why) && unit.kind !== 'table-row';
      const draft = follows ? last?.draft : undefined;
      if (draft && `${draft.answer} ${text}`.split(' ').length <= MAX_ANSWER_WORDS) {
        draft.answer = `${draft.answer} ${text}`;
        draft.units = [...draft.units, unit];
        last = { unit, draft };
      } else {
        why.set(unit, repeated ? 'repeated' : (why.get(unit) ?? result.why ?? 'no-statement'));
        last = { unit, draft: undefined };
      }
    }
    previous = result.referent;
  }
  return drafts;
}

const sharesWord = (answer: string, text: string): boolean => {
  const said = contentWords(answer);
  return [...contentWords(text)].some((word) => said.has(word));
};

function draftsOf(
  unit: Unit,
  text: string,
  context: { topic: Topic; verbs: Conjugator; previous: Referent | undefined },
): { drafts: Draft[]; why?: string; referent?: Referent } {
  try {
    if (unit.kind === 'table-row') {
      const rows = rowFacts(unit, context.topic.path.at(-1) ?? '');
      const why = unit.header ? 'no-safe-question' : 'no-header';
      return { drafts: rows.map(({ gaps, answer }) => ({ gaps, answer, units: [unit], kind: 'factual' })), why };
    }
    const nothing = whyNothing(text) ?? (/:$|\bthe following[.:]?$/.test(text) ? 'lead-in' : undefined);
    if (nothing) return { drafts: [], why: nothing };
    if (unit.leadIn !== undefined && /^\p{Ll}/u.test(text) && !/[.!]$/.test(text))
      return { drafts: [], why: 'no-safe-question' };
    const planned = planSentence(text, context);
    const referent = planned.status === 'plan' ? planned.plan.referent : planned.referent;
    if (planned.status === 'skip') return { drafts: [], why: planned.why, ...(referent && { referent }) };
    const { gaps, kind, answer } = planned.plan;
    return {
      drafts: [
        { gaps, answer: finished(answer), units: [unit], kind, open: gaps.every(({ names }) => names === true) },
      ],
      ...(referent && { referent }),
    };
  } catch {
    return { drafts: [], why: 'failed' };
  }
}
