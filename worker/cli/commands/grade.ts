import { createInterface } from 'node:readline';
import { Command, InvalidArgumentError } from 'commander';
import { MOST_SAMPLED, SAMPLE_QUESTIONS } from '../../../evidence/sample/sample.ts';
import { waitingPromotion } from '../../../operations/decide.ts';
import { deleteDraft, readDraft, writeDraft } from '../../../operations/grading/draft.ts';
import { gradedOf, openSample, sendGrades, type OpenSample } from '../../../operations/grading/grade.ts';
import { beginSession, inputOf, step, type Session } from '../../../operations/grading/session.ts';
import { endText, gradedText, questionText } from '../grading-view.ts';
import { byOption, jsonOption } from '../options.ts';
import { paths, say, store, withRegistry, withTemporal } from './context.ts';

interface Options {
  by: string;
  questions: number;
  json?: boolean;
}

const MOST_WIDTH = 100;

/** `grade [PROMOTION]`: which of two answers is better, without knowing whose they are. */
export function gradeCommand(): Command {
  return new Command('grade')
    .description(
      'Grade a blind sample of a promotion that waits: two answers to each question, whose they are is told at the end',
    )
    .argument('[promotion]', 'its workflow id; may be left out while one waits')
    .addOption(byOption())
    .option('--questions <number>', `how many to grade, ${MOST_SAMPLED} at the most`, questionsOf, SAMPLE_QUESTIONS)
    .addOption(jsonOption())
    .action(async (named: string | undefined, { by, questions, json }: Options, command: Command) => {
      // As it was asked for: what is kept is kept for each person.
      const again = [
        ...(command.getOptionValueSource('by') === 'default' ? [] : [` --by "${by}"`]),
        ...(questions === SAMPLE_QUESTIONS ? [] : [` --questions ${questions}`]),
      ].join('');
      const promotion = named ?? (await withTemporal(waitingPromotion));
      const artifacts = await store();
      const about = { promotion, by };
      const opened = await withRegistry((registry) => openSample({ ...about, registry, artifacts, questions }));
      // What a program reads stands on stdout alone.
      const show = (text: string) => void (json ? process.stderr : process.stdout).write(`${text}\n`);
      const width = Math.min(process.stdout.columns || 80, MOST_WIDTH);
      if (opened.left.length > 0) {
        const place = { state: paths().state, sample: opened.id, ...about };
        const session = await askAll({ opened, place, show, width });
        if (!session) {
          show(`Kept, and not sent. Go on with:\n  npx whetstone grade ${promotion}${again}`);
          return;
        }
        await withTemporal((client) => sendGrades(client, promotion, inputOf(session, { by, sample: opened.id })));
        deleteDraft(place);
      }
      const graded = await withRegistry((registry) => gradedOf({ ...opened, ...about, registry, artifacts }));
      if (json) return say(JSON.stringify({ promotion, sample: opened.id, ...graded }, null, 2));
      say(gradedText(graded, width));
    });
}

/** Asks until it is sent; undefined where who grades stops. Each answer is kept as soon as it is given. */
async function askAll(options: {
  opened: OpenSample;
  place: Parameters<typeof writeDraft>[0];
  show: (text: string) => void;
  width: number;
}): Promise<Session | undefined> {
  const { opened, place, show, width } = options;
  const draft = readDraft(place);
  let session = beginSession(opened.left, new Map([...draft].filter(([number]) => opened.left.includes(number))));
  const ask = () => {
    const sampled = opened.sample.questions[(session.numbers[session.at] ?? 0) - 1];
    show(sampled ? questionText(session, sampled, width) : endText(session, width));
  };
  const lines = createInterface({ input: process.stdin, terminal: false });
  try {
    ask();
    for await (const line of lines) {
      const next = step(session, line);
      if (next.kind === 'quit') return undefined;
      if (next.kind === 'send') return session;
      if (next.kind === 'again') {
        show(next.message);
        continue;
      }
      session = next.session;
      writeDraft(place, session.given);
      ask();
    }
    return undefined;
  } finally {
    lines.close();
  }
}

function questionsOf(text: string): number {
  const questions = Number(text);
  if (Number.isInteger(questions) && questions >= 1 && questions <= MOST_SAMPLED) return questions;
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${MOST_SAMPLED}.`);
}
