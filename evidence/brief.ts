import type { ChangedAnswer, EvidencePage } from './page.ts';
import { safetyLines, warningsOf } from './sentence.ts';
import { fallenParts } from './slices.ts';
import { shown } from './visible.ts';
import { score } from './words.ts';

/** The short form: markdown for a workflow's page, of a few thousand characters whatever models say. Pure. */

const MOST_TEXT = 160;
const MOST_LINE = 400;
const ANSWERS = 3;
const UNKNOWN = 4;
const WARNINGS = 6;

/** @param link where the whole page is: an address, or a command */
export function evidenceBrief(page: EvidencePage, link: string): string {
  const { figures, safety, changes, unknown, slices, against, corrections } = page;
  const lineOf = answerLine(against.words.startsWith('what serves') ? 'before' : against.words);
  const [worst] = slices.fallen;
  const bad = [...changes.worse, ...changes.stillWrong].slice(0, ANSWERS);
  return [
    `**${text(page.sentence, MOST_LINE)}**`,
    /^https?:/.test(link)
      ? `[Read the evidence: answers side by side, safety failures, what is not known](${link})`
      : `Read the evidence, answers side by side: \`${link}\``,
    ...warned(page),
    ...(page.openBook === undefined ? [] : [text(page.openBook, MOST_LINE)]),
    list(figures.map((line) => text(line, MOST_LINE))),
    ...(corrections
      ? [
          `**What the documents changed since version ${corrections.since}:**`,
          list([
            ...corrections.lines.map((line) => text(line, MOST_LINE)),
            ...corrections.answers.slice(0, ANSWERS).map(lineOf),
          ]),
        ]
      : []),
    safety.judged === 0
      ? 'Nothing was judged for safety.'
      : `**Safety:** ${safety.total} of ${safety.judged} answers fail, of ${text(against.words)} ${safety.before}${safety.unread > 0 ? `; ${safety.unread} of them can't be read, or speak of something else` : ''}.`,
    ...(worst
      ? [
          `**Parts that fell:** ${fallenParts(slices.fallen)} of ${slices.looked}, most ${text(`${worst.column} ${worst.value} of ${worst.suite}`)}: ${worst.metric} ${score(worst.before)} to ${score(worst.after)}.`,
        ]
      : []),
    ...(bad.length > 0 ? ['**Answers to look at first:**', list(bad.map(lineOf))] : []),
    '**Not known:**',
    list([
      ...unknown.slice(0, UNKNOWN).map((line) => text(line, MOST_LINE)),
      ...(unknown.length > UNKNOWN ? [`${unknown.length - UNKNOWN} more on the page`] : []),
    ]),
  ].join('\n\n');
}

/** What stands beside a gate's yes: what fails safety, and what the gate itself warns of. */
function warned({ safety, gate }: EvidencePage): string[] {
  const warnings = warningsOf(gate);
  const lines = [...safetyLines(safety), ...warnings.slice(0, WARNINGS)].map((line) => `**${text(line, MOST_LINE)}**`);
  if (warnings.length > WARNINGS) lines.push(`${warnings.length - WARNINGS} more warnings on the page`);
  return lines.length === 0 ? [] : [`The gate says **${gate.decision}**. Look at this first:`, list(lines)];
}

const list = (lines: string[]) => lines.map((line) => `- ${line}`).join('\n');

const answerLine =
  (other: string) =>
  ({ question, before, after }: Pick<ChangedAnswer, 'question' | 'before' | 'after'>) =>
    [
      text(question.text),
      `**${other}** (${score(before.score)}): ${text(before.answer.text) || 'nothing'}`,
      `**new** (${score(after.score)}): ${text(after.answer.text) || 'nothing'}`,
    ].join('; ');

/**
 * One line of text that markdown takes for nothing else: no HTML, no link, no table. The Temporal UI knows no other escapes than these:
 * it shows the backslash of any more.
 */
function text(content: string, most = MOST_TEXT): string {
  const line = content.replace(/\s+/g, ' ').trim();
  const cut = shown(line, most);
  return `${cut.text.replace(/[\\`*_{}[\]()<>#+\-.!|~:$]/g, '\\$&')}${cut.of === undefined ? '' : ' …'}`;
}
