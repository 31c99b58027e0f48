import { readable } from './readable.ts';
import type { Judge, Subject } from '../types.ts';

/** Part of a metric's version: when the check changes, so do scores. */
const READABLE_VERSION = 'read-2';

/** A metric whose judge is only asked of answers that a person could read: garbage scores nothing, whatever words are in it. */
export function readableFirst(judge: Judge): Judge {
  const version = `${judge.version}+${READABLE_VERSION}`;
  return {
    ...judge,
    version,
    judge: async (subject, signal) => {
      const reading = readable(subject.answer, textsOf(subject));
      if (!reading.readable)
        return { judge: judge.name, version, label: 'unreadable', score: 0, reason: `not readable: ${reading.reason}` };
      return { ...(await judge.judge(subject, signal)), version };
    },
  };
}

/** Texts whose words and numbers an answer may use. */
function textsOf({ question, reference, references = [], context, facts = [], history = [] }: Subject): string[] {
  const turns = history.map(({ content }) => content);
  const optional = [reference, context].filter((text) => text !== undefined);
  return [question, ...optional, ...references, ...facts.flat(), ...turns];
}
