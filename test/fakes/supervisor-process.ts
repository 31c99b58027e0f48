import { join } from 'node:path';
import { Supervisor } from '../../worker/system/supervise.ts';

/** A start of its own, to be killed: supervises `name script` pairs of shell scripts in a folder until then. */
const [folder = '', ...processes] = process.argv.slice(2);
const supervisor = new Supervisor({
  recordsDir: join(folder, 'processes'),
  logsDir: join(folder, 'logs'),
  say: () => {},
});
for (let i = 0; i < processes.length; i += 2) {
  await supervisor.start({
    name: processes[i] ?? '',
    command: '/bin/sh',
    args: ['-c', processes[i + 1] ?? ''],
    ready: async () => true,
    readyTimeoutMs: 5_000,
    graceMs: 100,
  });
}
process.stdout.write('ready\n');
setInterval(() => {}, 60_000);
