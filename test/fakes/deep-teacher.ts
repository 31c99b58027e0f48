import type { FakeCompletionRequest } from './openai-server.ts';

/**
 * A teacher and a judge that answer every kind of request in their right form, from the passages they are given: each sentence is a
 * fact. A sentence that says "wrongly" gets a wrong answer, which the judge sees and a correction mends.
 */
export function deepTeacher({ messages, response_format }: FakeCompletionRequest): string {
  const schema = response_format?.json_schema;
  // A reply that could not be used is asked again: the request is the user's message before.
  const own = messages.filter(
    ({ role, content }) => role === 'user' && !content.startsWith('That reply cannot be used'),
  );
  const asked = own.at(-1)?.content ?? '';
  switch (schema?.name) {
    case 'facts':
      return facts(asked, JSON.stringify(schema.schema));
    case 'claims':
      return claims(asked);
    case 'judgement':
      return JSON.stringify({ reason: 'as it stands', label: firstLabel(schema.schema) });
    case 'correction':
      return correction(asked);
    default:
      return asked.includes('keep') ? 'I would guess a month.' : 'I do not know.';
  }
}

const passagesIn = (text: string) =>
  [...text.matchAll(/<passage[^>]*>\n([^]*?)\n<\/passage>/g)].map(([, body]) => body!);
const sentencesOf = (text: string) => text.match(/[A-Z][^.!?]*[.!?]/g) ?? [];
const numberAfter = (text: string, name: string) => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(text)?.[1] ?? 1);

function facts(asked: string, schema: string): string {
  const passages = passagesIn(asked).map(sentencesOf);
  const [count, phrasings] = [numberAfter(asked, 'facts'), numberAfter(asked, 'phrasings')];
  const round = numberAfter(asked, 'round') - 1;
  const who = /^asked by: (.+)$/m.exec(asked)?.[1];
  const questionsOn = (subject: string, how: string) =>
    Array.from({ length: phrasings }, (_, i) => `${how} ${i + 1}${who ? ` of ${who}` : ''}: what of ${subject}?`);
  const [first = [], second] = passages;
  const made = first.slice(round * count, (round + 1) * count).map((sentence, i) => {
    const subject = sentence.split(' ').slice(0, 6).join(' ').replace(/[.]$/, '');
    if (!schema.includes('"quotes"'))
      return {
        questions: questionsOn(`the price of ${subject}`, 'Open'),
        answer: `The passage does not say what the price of ${subject} is.`,
      };
    const quotes = second ? [sentence, second[i % second.length] ?? ''] : [sentence];
    return {
      questions: questionsOn(subject, second ? 'Both' : 'Plain'),
      answer: sentence.includes('wrongly') ? 'It is quite otherwise.' : quotes.join(' '),
      quotes,
      ...(schema.includes('"history"') && { history: [{ question: 'What is this about?', answer: sentence }] }),
      ...(schema.includes('"kind"') && { kind: 'factual' }),
    };
  });
  return JSON.stringify({ facts: made });
}

/** Supported where the passage has the answer's words. */
function claims(asked: string): string {
  const field = (name: string) => JSON.parse(new RegExp(`^${name}: (".*")$`, 'm').exec(asked)?.[1] ?? '""') as string;
  const [passage, answer] = [field('Passage'), field('Answer')];
  const found = sentencesOf(answer).map((claim) => ({
    claim,
    verdict: passage.includes(claim) ? 'supported' : 'unsupported',
  }));
  return JSON.stringify({ claims: found });
}

function correction(asked: string): string {
  const [passage = ''] = passagesIn(asked);
  const pair = JSON.parse(asked.slice(asked.indexOf('{\n'))) as { question: string };
  const right = sentencesOf(passage).find((sentence) => sentence.includes('wrongly')) ?? '';
  return JSON.stringify({ question: pair.question, answer: right, quotes: [right] });
}

/** The label with the best score comes first in our rubrics. */
const firstLabel = (schema: unknown): string =>
  (schema as { properties: { label: { enum: string[] } } }).properties.label.enum[0] ?? '';
