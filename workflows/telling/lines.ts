import type { Outcome, OutcomeName } from '../../contract/runs/outcome.ts';

/** Lines of markdown that all pages share. */

/** The last lines of a page hide unless it ends so. */
export const PAGE_END = '\n\n<br><br>';

/** Text in one line, also in a table. */
export const cell = (text: string): string => text.replace(/[\\|]/g, '\\$&').replace(/\s+/g, ' ');

const HEADS: Record<OutcomeName, string> = {
  passed: 'The gate said promote',
  promoted: 'Promoted',
  held: 'Held',
  rejected: 'Rejected',
  superseded: 'Superseded',
  'rolled back': 'Rolled back',
  'taken down': 'Taken down',
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
  `**${HEADS[is]}.** ${cell(why)}`,
  '',
  ...(next ? [`**What to do next:** ${next}`, ''] : []),
];

/** The page of a workflow that ended before it had anything else to show. */
export const describeEnding = (outcome: Outcome): string => endingLines(outcome).join('\n') + PAGE_END;
