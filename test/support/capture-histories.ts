import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import proto from '@temporalio/proto';
import setup from './setup.ts';
import { SCENARIOS } from './scenarios.ts';
import { startTestServer } from './temporal.ts';

/**
 * Plays each scenario against a real server and keeps its history, for the replay test. A history that is there already is
 * never overwritten: it stands for runs that are under way somewhere. A change of a workflow that can't replay one needs
 * `patched()`, not a new capture.
 */
const projectRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
await setup();
const env = await startTestServer();
try {
  for (const [name, play] of Object.entries(SCENARIOS)) {
    const file = fileURLToPath(new URL(`../histories/${name}.json`, import.meta.url));
    if (existsSync(file)) {
      console.log(`${name}: kept as it is`);
      continue;
    }
    const handle = await play(env);
    const history = proto.temporal.api.history.v1.History.fromObject(await handle.fetchHistory()).toJSON();
    // Stack traces name this machine's folders, which are nobody's business.
    const text = JSON.stringify(history, null, 1).replaceAll(projectRoot, '/project');
    writeFileSync(file, `${text}\n`);
    console.log(`${name}: captured`);
  }
} finally {
  await env.teardown();
}
