import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { artifactsCommand } from './commands/artifacts.ts';
import { askCommand } from './commands/ask.ts';
import { cancelCommand } from './commands/cancel.ts';
import { datasetCommand } from './commands/dataset.ts';
import { decisionCommands } from './commands/decide.ts';
import { documentsCommand } from './commands/documents.ts';
import { gradeCommand } from './commands/grade.ts';
import { judgesCommand } from './commands/judges.ts';
import { keysCommand } from './commands/keys.ts';
import { promoteCommand } from './commands/registry/promote.ts';
import { verifyCommand, whyCommand } from './commands/registry/audit.ts';
import { evaluateCommand } from './commands/registry/evaluate.ts';
import { historyCommand } from './commands/registry/history.ts';
import { archiveCommand, pinCommand } from './commands/registry/marks.ts';
import { modelsCommand } from './commands/registry/models.ts';
import { eraseCommand } from './commands/registry/erase.ts';
import { indexesCommand } from './commands/registry/indexes.ts';
import { traceCommand } from './commands/registry/trace.ts';
import { planCommand } from './commands/plan.ts';
import { raiseBudgetCommand } from './commands/raise-budget.ts';
import { reportCommand } from './commands/report.ts';
import { registerCommand } from './commands/registry/register.ts';
import { reviewCommand } from './commands/registry/review.ts';
import { rollbackCommand, takedownCommand, unblockCommand } from './commands/registry/rollback.ts';
import { runCommand } from './commands/run.ts';
import { scheduleCommand } from './commands/schedule.ts';
import { statusCommand } from './commands/status.ts';
import { mlflowCommand } from './commands/sinks/mlflow.ts';
import { webhooksCommand } from './commands/sinks/webhooks.ts';
import { workerCommand } from './commands/worker.ts';
import { explain } from './explain.ts';
import { withHelp } from './help.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** `npx whetstone`: the running system from the command line. */
export const program = new Command('whetstone')
  .description("Sharpens open models on a team's own documents. Start the system with `npm start`.")
  .version(version, '--version', 'print the version')
  .showHelpAfterError('(whetstone --help lists the commands)');
program.addCommand(planCommand());
program.addCommand(runCommand());
program.addCommand(datasetCommand());
program.addCommand(documentsCommand());
program.addCommand(artifactsCommand());
program.addCommand(statusCommand());
for (const command of decisionCommands()) program.addCommand(command);
program.addCommand(gradeCommand());
program.addCommand(keysCommand());
program.addCommand(reportCommand());
program.addCommand(cancelCommand());
program.addCommand(raiseBudgetCommand());
program.addCommand(askCommand());
program.addCommand(judgesCommand());
program.addCommand(modelsCommand());
program.addCommand(historyCommand());
program.addCommand(whyCommand());
program.addCommand(verifyCommand());
program.addCommand(traceCommand());
program.addCommand(eraseCommand());
program.addCommand(indexesCommand());
program.addCommand(registerCommand());
program.addCommand(evaluateCommand());
program.addCommand(promoteCommand());
program.addCommand(reviewCommand());
program.addCommand(rollbackCommand());
program.addCommand(takedownCommand());
program.addCommand(pinCommand());
program.addCommand(archiveCommand());
program.addCommand(unblockCommand());
program.addCommand(scheduleCommand());
program.addCommand(webhooksCommand());
program.addCommand(mlflowCommand());
program.addCommand(workerCommand());

withHelp(program);

/** Tests look at the program without running it. */
if (import.meta.main) await run();

async function run(): Promise<void> {
  // A reader such as `head` may go away before all is said.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  try {
    await program.parseAsync();
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
}
