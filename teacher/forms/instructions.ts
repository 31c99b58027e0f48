import type { Asked, Forms } from './forms.ts';
import { PREPOSITIONS } from '../words/lexicon.ts';
import { join, type Token } from '../words/tokens.ts';
import type { Reading } from '../words/reading.ts';
import { sceneOf } from './scene.ts';
import { duration, frequency, within } from './timing.ts';

/** Questions about an instruction: "Use a push stick for any cut narrower than 150 mm." */
export function instructionGaps(reading: Reading, forms: Forms): Asked[] {
  const { clause, front } = reading;
  const { rest, verb, negated, adverbs } = clause;
  const text = join(rest);
  if (/[;:]/.test(text) || rest.length > 22) return [];
  const never = negated || adverbs === 'never';
  const object = nounBefore(rest);
  const tail = join(rest.slice(object.length)).replace(/,$/, '');
  if (front !== '')
    return never
      ? []
      : [
          { direct: `${front}, what should you do` },
          { direct: `what should you do ${front}`, embedded: `what to do ${front}` },
        ];
  const timed = never || rest.length > 14 ? [] : [frequency, duration, within].flatMap((rule) => rule(sceneOf(forms)));
  if (timed.length > 0) return timed;
  const symptom =
    /^(?:seek|get|see|call|go|ask)\b.*?\bfor ((?:an?|any|one|sudden|severe|new|heavy|\S+ (?:pain|bleeding|fever))\b.*)$/i.exec(
      `${verb} ${text}`,
    )?.[1];
  if (
    symptom &&
    !never &&
    /\b(?:care|help|doctor|clinic|hospital|emergency|services|nurse|midwife|unit|ambulance|advice|\d{3})\b/i.test(text)
  )
    return [
      { direct: `what should you do if you have ${symptom}`, embedded: `what to do if you have ${symptom}` },
      { direct: `if you have ${symptom}, what should you do` },
    ];
  const told =
    /^(?:talk|speak) (?:with|to) (?:your|an?|the) [\p{L} ]{3,30}? about ((?!(?:what|how|whether|if|when|why|which|it|this|these|that)\b)(?:\p{L}+ ){2,}.*)$/iu.exec(
      `${verb} ${text}`,
    )?.[1];
  if (told && !never && told.split(' ').length <= 12)
    return [{ direct: `who should you talk to about ${told}`, embedded: `who to talk to about ${told}` }];
  const setting = settingOf(rest);
  const asked: Asked[] = [];
  if (setting && !never) {
    const kept = join(rest.slice(0, setting.at)).replace(/,$/, '');
    if (setting.wh === 'how' && kept !== '') asked.push(forms.ask('how', kept));
    if (setting.wh === 'where' && kept !== '') asked.push(forms.ask('where', kept));
    if (setting.wh === 'when' && kept !== '') asked.push(forms.ask('when', kept));
    if (setting.wh !== 'how' && setting.text.split(' ').length >= 2 && setting.wh === 'when')
      asked.push({ direct: `what should you do ${setting.text}`, embedded: `what to do ${setting.text}` });
  }
  if (
    !never &&
    object.length > 0 &&
    !/\b(?:precautions?|steps?|care|time|part|action|advantage)\b/.test(join(object)) &&
    tail.split(' ').length >= 3 &&
    /^(?:to|for|in|at|on|with|when|before|after|during|from|into|as)\b/.test(tail) &&
    /^(?:use|bring|wear|take|avoid|choose|add|check|give|eat|drink|include|apply)$/.test(verb)
  )
    asked.push(forms.ask('what', tail));
  if (never && tail === '' && object.length >= 3) return [];
  if (
    never &&
    /^(?:when|while|before|after|in|on|at|near|over|during|with|under|beside) \S+ \S/.test(tail) &&
    !/\bunless\b/.test(tail)
  )
    asked.push({ direct: `what should you never do ${tail}`, embedded: `what you should never do ${tail}` });
  return asked;
}

interface Setting {
  at: number;
  wh: 'how' | 'where' | 'when';
  text: string;
}

/** The last phrase that says how, where or when. */
function settingOf(rest: readonly Token[]): Setting | undefined {
  const clause = rest.findIndex(({ low }, i) => i > 0 && /^(?:before|after|when)$/.test(low));
  const at =
    clause > 0
      ? clause
      : rest.findLastIndex(
          ({ low }, i) =>
            i > 0 &&
            /^(?:by|with|using|before|after|when|while|during|beside|behind|in|on|under|at|for|every|once|twice|within)$/.test(
              low,
            ),
        );
  if (rest.slice(0, at).some(({ low }) => /^(?:that|which|who|whose|where|if|how|what)$/.test(low))) return undefined;
  const token = rest[at];
  if (!token) return undefined;
  const text = join(rest.slice(at)).replace(/,$/, '');
  if (/^(?:by|using)$/.test(token.low)) return { at, wh: 'how', text };
  if (token.low === 'with')
    return /^with (?:an?|the|your|cold|warm|hot|clean|dry|plain|soap|water)\b/.test(text)
      ? { at, wh: 'how', text }
      : undefined;
  if (/^(?:before|after|when|during)$/.test(token.low)) return { at, wh: 'when', text };
  if (/^(?:beside|behind|under)$/.test(token.low) || /^(?:in|on|at) (?:the|a|an|your)\b/.test(text))
    return { at, wh: 'where', text };
  return undefined;
}

/** The object: the tokens up to the first preposition or conjunction. */
function nounBefore(rest: readonly Token[]): readonly Token[] {
  const end = rest.findIndex(
    ({ low, text }, i) =>
      (PREPOSITIONS.has(low) && low !== 'of') ||
      ['and', 'or', 'but', 'if', 'when', 'so', 'because', 'that', 'who', 'which', 'as', 'to'].includes(low) ||
      (i > 0 && (rest[i - 1]?.text.endsWith(',') ?? false)) ||
      /[()]/.test(text),
  );
  return end < 0 ? rest : rest.slice(0, end);
}
