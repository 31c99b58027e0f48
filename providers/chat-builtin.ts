import { countTokens, normalise, sentences } from '../datasets/text.ts';
import { contentWords, phrasings, planSentence } from './builtin/phrasings.ts';
import type { Plan } from './builtin/imperatives.ts';
import { Conjugator } from './builtin/tokens.ts';
import { type ChatModel, type ChatReply, type ChatRequest, ProviderError } from './types.ts';

/** Fewer phrasings than this and a sentence is left out: a phrasing could not be held out and still leave enough to learn from. */
const MIN_PHRASINGS = 4;
const MAX_PHRASINGS = 8;

interface Fact {
  questions: string[];
  answer: string;
  quotes: string[];
  kind: 'factual' | 'safety';
}

/**
 * The teacher that needs no key: derives questions from a passage's sentences by rules of grammar. It reads the
 * user message of a generation request (`<passage>`, `facts: N`, `phrasings: M`) and answers with the same JSON
 * as any other teacher. Sample s gives the s-th N sentences, so that further samples bring new facts.
 */
export function createBuiltinTeacher(): ChatModel {
  const verbs = new Conjugator();
  return {
    provider: 'builtin',
    free: true,
    model: 'sentence-rules-1',
    concurrency: 4,
    async chat(request: ChatRequest): Promise<ChatReply> {
      const { passage, facts, phrasings: count } = readTask(request);
      const sample = request.sample ?? 0;
      const found = factsOf(passage, Math.min(count, MAX_PHRASINGS), verbs).slice(sample * facts, (sample + 1) * facts);
      const text = JSON.stringify({ facts: found });
      const inputTokens = request.messages.reduce((sum, message) => sum + countTokens(message.content), 0);
      return { text, finishReason: 'stop', inputTokens, outputTokens: countTokens(text) };
    },
  };
}

/** The task in the last user message. Numbers are read after the passage only: what a passage says is data. */
function readTask(request: ChatRequest): { passage: string; facts: number; phrasings: number } {
  const content = request.messages.findLast((message) => message.role === 'user')?.content ?? '';
  const open = /<passage[^>]*>\n?/.exec(content);
  const close = content.lastIndexOf('</passage>');
  const task = content.slice(close);
  const facts = /^facts: (\d+)$/m.exec(task)?.[1];
  const count = /^phrasings: (\d+)$/m.exec(task)?.[1];
  if (!open || close < 0 || !facts || !count) {
    throw new ProviderError(
      'bad-request',
      'builtin/sentence-rules-1: the user message is no generation request: expected <passage>...</passage> and the lines ' +
        '"facts: N" and "phrasings: M"; make it with generationRequest, or name another teacher for other work',
    );
  }
  return { passage: content.slice(open.index + open[0].length, close), facts: Number(facts), phrasings: Number(count) };
}

function factsOf(passage: string, count: number, verbs: Conjugator): Fact[] {
  const seen = new Set<string>();
  const planned: { sentence: string; plan: Plan; about: Set<string> }[] = [];
  const contents: { sentence: string; about: Set<string> }[] = [];
  for (const sentence of sentencesOf(passage)) {
    if (seen.has(normalise(sentence))) continue;
    seen.add(normalise(sentence));
    const about = contentWords(sentence);
    contents.push({ sentence, about });
    const plan = planSentence(sentence, verbs);
    if (plan) planned.push({ sentence, plan, about });
  }
  const asked = new Set<string>();
  return planned.flatMap(({ sentence, plan }) => {
    const others = contents.filter((other) => other.sentence !== sentence);
    const questions = phrasings(plan, Math.max(count, MIN_PHRASINGS), (question, { names }) => {
      const about = contentWords(question);
      const unclear =
        !names && (about.size === 0 || others.some((other) => [...about].every((word) => other.about.has(word))));
      return !unclear && !asked.has(question);
    });
    if (questions.length < MIN_PHRASINGS) return [];
    questions.forEach((question) => asked.add(question));
    return [{ questions: questions.slice(0, count), answer: sentence, quotes: [sentence], kind: plan.kind }];
  });
}

/** Sentences of the passage's paragraphs; headings, tables and code are no sentences, and wrapped lines are joined. */
function sentencesOf(passage: string): string[] {
  return passage
    .split(/\n\s*\n|\n(?=\s*(?:#|[-*+] |\d+\. |\||```))|(?<=^#.*)\n/m)
    .map((block) =>
      block
        .replace(/^\s*(?:[-*+]|\d+\.) /, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((block) => block !== '' && !/^(?:#|\||```|<)/.test(block))
    .flatMap((block) => sentences(block).map(({ text }) => text));
}
