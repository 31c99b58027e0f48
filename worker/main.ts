import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { ConfigError } from '../common/config-errors.ts';
import { resolvePaths } from '../configs/paths.ts';
import { connectClient } from '../operations/connection.ts';
import { explain } from './cli/explain.ts';
import { checkSources, prepareRun } from '../operations/load-config.ts';
import { currentUser, typedConfig } from './cli/commands/context.ts';
import { runToEnd } from './cli/run-to-end.ts';
import { wrapped } from './cli/terminal-text.ts';
import { thenServe } from './cli/then-serve.ts';
import { startSystem, type StartedSystem } from './system/start.ts';
import { TASK_QUEUES } from '../contract/queues.ts';

const USAGE = `npm start -- [--config FILE|NAME] [--fresh] [--exit] [--report FILE]
  --config  a YAML file, or a name below configs/ (default: quickstart)
  --fresh   ask the models again for what earlier runs have paid for
  --exit    stop everything after the closing table
  --report  also write the result as JSON
  --no-run  start the system and run nothing`;

const say = (message: string) => void process.stdout.write(`${message}\n`);
const sayWrapped = (message: string) => say(wrapped(message, process.stdout.columns || Infinity));

async function main(): Promise<void> {
  const options = readOptions();
  const paths = resolvePaths(process.env);
  const { fresh } = options;
  // A config that can't run is refused before anything is started for it.
  const run = options.run
    ? await prepareRun({
        config: typedConfig(options.config),
        paths,
        fresh,
        startedBy: { by: currentUser(), how: 'npm start' },
      })
    : undefined;
  if (run) await checkSources({ loaded: run.loaded, paths, env: process.env });
  const stopping = stopSignal();
  const stopRequested = new Promise<'stop'>((resolve) => stopping.addEventListener('abort', () => resolve('stop')));
  const system = await startSystem({ env: process.env, paths, say: sayWrapped, signal: stopping });
  try {
    await thenServe({
      running: run && follow(system, { run, paths, reportFile: options.report, say }),
      stopped: Promise.race([stopRequested, system.supervisor.failure]),
      exit: options.exit,
      announce: () => announce(system, run && typeof run.input.config === 'string' ? run.input.config : 'quickstart'),
      say,
    });
  } finally {
    say('Stopping ...');
    await system.stop();
  }
}

/** The connection is closed once the run has ended: who stops before that ends the process. */
async function follow(system: StartedSystem, run: Omit<Parameters<typeof runToEnd>[0], 'client'>): Promise<void> {
  const { client, connection } = await connectClient(system.env);
  await runToEnd({ client, ...run }).finally(() => connection.close());
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string', default: 'quickstart' },
        fresh: { type: 'boolean', default: false },
        exit: { type: 'boolean', default: false },
        report: { type: 'string' },
        'no-run': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      say(USAGE);
      process.exit(0);
    }
    return {
      config: values.config,
      fresh: values.fresh,
      exit: values.exit,
      report: values.report && resolve(values.report),
      run: !values['no-run'],
    };
  } catch (cause) {
    throw new ConfigError([`${(cause as Error).message}\n${USAGE}`]);
  }
}

/** Thrown where a stop was asked for before everything had started. */
class Stopped extends Error {}

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => controller.abort(new Stopped()));
  }
  // Whoever read our output may go away: that must not end what we keep running.
  process.stdout.on('error', () => {});
  return controller.signal;
}

function announce({ running }: StartedSystem, config: string): void {
  say('');
  if (running.temporalUi) {
    say(`Temporal UI:  ${running.temporalUi}`);
    say(`              Start Workflow: type improveModel, task queue ${TASK_QUEUES.control},`);
    say(`              input {"config": "${config}"}`);
  }
  say(`Gateway:      ${running.gateway}/v1`);
  say('              OpenAI protocol; models are named as in the registry');
  say('');
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    if (error instanceof Stopped) process.exit(130);
    process.stderr.write(`\n${explain(error)}\n`);
    process.exit(1);
  },
);
