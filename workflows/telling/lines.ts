import type { Outcome, OutcomeName } from '../../contract/runs/outcome.ts';

/** Lines of markdown that all pages share. */

/** The last lines of a page hide unless it ends so. */
export const PAGE_END = '\n\n<br><br>';

/** Text in one line, also in a table, with its commands as code: the Temporal UI makes other dashes and quotes of those that it finds elsewhere. */
export const cell = (text: string): string => inCode(text.replace(/[\\|]/g, '\\$&').replace(/\s+/g, ' '));

/** A flag with its value, a text in quotes, a name in capitals, a number, and what has the form of an id; a plain word only before one of these. */
const ARGUMENT = [
  `--[a-z-]+(?: (?:"[^"]*"|(?!--)[^\\s"]+))?`,
  `"[^"]*"`,
  `[A-Z][A-Z@N]*(?![a-z])`,
  `\\d+`,
  `[^\\s"]*[@/][^\\s"]*`,
  `[a-z][\\w.-]*(?= (?:--|"|\\d))`,
].join('|');
const COMMAND = new RegExp(
  `npx whetstone [a-z-]+(?: (?:list|calibrate|create|revoke|skipped)\\b)?(?: (?:${ARGUMENT}))*`,
  'g',
);

/** What would be changed as text, too: JSON, a pair of it, and a flag with its value. */
const LITERAL = /\{"[^{}`]*\}|"[a-z]\w*": ?(?:"[^"`]*"|[\w.]+)|(?<![\w-])--[a-z][a-z-]*(?: (?:[A-Z]+|\d+)\b)?/g;

/** A part of a text that is no code yet, with what is found in it as code. */
const outsideCode = (text: string, change: (part: string) => string): string =>
  text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : change(part)))
    .join('');

/** A text of markdown with each command, flag and piece of JSON as code; what is code already stays. */
export const inCode = (text: string): string => {
  const commands = outsideCode(text, (part) =>
    part.replace(COMMAND, (command) => {
      const [, said = '', rest = ''] = /^(.*?)([.,;:)\]]*)$/.exec(command) ?? [];
      return `\`${said}\`${rest}`;
    }),
  );
  return outsideCode(commands, (part) => part.replace(LITERAL, (literal) => `\`${literal}\``));
};

const HEADS: Record<OutcomeName, string> = {
  passed: 'The gate said promote',
  promoted: 'Promoted',
  held: 'Held',
  rejected: 'Rejected',
  superseded: 'Superseded',
  'rolled back': 'Rolled back',
  'taken down': 'Taken down',
  reviewed: 'Reviewed',
  built: 'The dataset is built',
  evaluated: 'Evaluated',
  registered: 'Registered',
  'nothing changed': 'Nothing changed',
  'not started': 'Not started',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** How it ended, why, and what to do next. */
export const endingLines = ({ is, why, next }: Outcome): string[] => [
  // Who decided goes on in the same sentence.
  why.startsWith('by ') ? `**${HEADS[is]}** ${cell(why)}` : `**${HEADS[is]}.** ${cell(why)}`,
  '',
  ...(next ? [`**What to do next:** ${next}`, ''] : []),
];

/** The page of a workflow that ended before it had anything else to show. */
export const describeEnding = (outcome: Outcome): string => endingLines(outcome).join('\n') + PAGE_END;
