import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FakeCompletionRequest } from '../test/fakes/openai-server.ts';

/** Documents of one chunk a section, and the answers that a teacher and a judge would give on them. */

const SECTIONS = 50;
export const FACTS_PER_CHUNK = 2;
export const PHRASINGS = 2;
export const PAIRS_PER_CHUNK = FACTS_PER_CHUNK * PHRASINGS;

const PLACES = ['harbour', 'meadow', 'quarry', 'orchard', 'foundry', 'chapel', 'garrison', 'vineyard', 'observatory'];
const THINGS = [
  'barrels of salt',
  'coils of rope',
  'crates of glass',
  'sheets of copper',
  'bales of wool',
  'jars of oil',
];

/** Writes documents below `folder` that are cut into `chunks` chunks. */
export function writeCorpus(folder: string, chunks: number): void {
  mkdirSync(folder, { recursive: true });
  for (let from = 0; from < chunks; from += SECTIONS) {
    const sections = Array.from({ length: Math.min(SECTIONS, chunks - from) }, (_, i) => section(from + i));
    const name = `register-${String(from / SECTIONS).padStart(5, '0')}`;
    writeFileSync(join(folder, `${name}.md`), `# The ${name}\n\n${sections.join('\n\n')}\n`);
  }
}

function section(number: number): string {
  const filler =
    'Every entry was checked by two clerks, who compared it with the ledgers of the neighbouring districts and noted each ' +
    'difference in the margin. Entries are renewed at the end of the season, when the roads are dry and the carts can pass.';
  return `## District ${number}\n\n${sentencesOf(number).join(' ')} ${filler}`;
}

/** What the section of a chunk says. */
function sentencesOf(number: number): string[] {
  return Array.from({ length: FACTS_PER_CHUNK }, (_, fact) => {
    const place = PLACES[(number + 4 * fact) % PLACES.length];
    const thing = THINGS[(number * 5 + fact) % THINGS.length];
    return `The ${place} of district ${number} keeps ${100 + ((number * 7919 + fact * 104_729) % 90_000)} ${thing} in hall ${fact + 1}.`;
  });
}

/** All questions that are asked about a chunk: no two chunks share one. */
export const questionsOn = (number: number): string[] => sentencesOf(number).flatMap(questionsAbout);

function questionsAbout(sentence: string): string[] {
  const [, place, district, thing, hall] =
    /The (\w+) of district (\d+) keeps \d+ (.+) in hall (\d+)\./.exec(sentence) ?? [];
  return [
    `How many ${thing} does the ${place} of district ${district} keep in hall ${hall}?`,
    `Tell me the count of ${thing} that stand in hall ${hall} of the ${place} in district ${district}.`,
  ];
}

/** What the model answers: facts for a passage, a label for a pair. */
export function answer({ messages, response_format }: FakeCompletionRequest): string {
  if (response_format?.json_schema?.name === 'judgement')
    return '{"reason": "The passage states it in these words.", "label": "supported"}';
  const passage = messages[1]?.content ?? '';
  const sentences = passage.match(/The \w+ of district \d+ keeps [^.]+\./g) ?? [];
  return JSON.stringify({
    facts: sentences.slice(0, FACTS_PER_CHUNK).map((sentence) => ({
      questions: questionsAbout(sentence),
      answer: sentence,
      quotes: [sentence],
      kind: 'factual',
    })),
  });
}
