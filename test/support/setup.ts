import { join } from 'node:path';
import { resolvePaths } from '../../configs/paths.ts';
import { ensurePython } from '../../worker/system/python.ts';
import { findTemporal } from '../../worker/system/temporal.ts';
import { endWhatIsLeft } from './leftovers.ts';

/**
 * Runs once before all tests: finds or makes what the tests that use real components need, in the same cache and by the same
 * code as `npm start`.
 */
export default async function setup(): Promise<void> {
  endWhatIsLeft();
  // Tests make databases of their own.
  delete process.env.DATABASE_URL;
  const paths = resolvePaths(process.env);
  const say = (message: string) => void process.stdout.write(`${message}\n`);
  const { TEMPORAL_ADDRESS: _theTestsStartTheirOwn, ...env } = process.env;
  const { projectRoot, home } = paths;
  // One builds and the other downloads: together they take little longer than one.
  const [{ choice }, python] = await Promise.all([
    findTemporal({ env, home, say }),
    ensurePython({ projectRoot, home, env, say }),
  ]);
  if (choice.kind !== 'embedded') throw new Error('the tests start their own Temporal server');
  process.env.WHETSTONE_TEST_TEMPORAL = choice.executable;
  process.env.WHETSTONE_PYTHON = python;
  // Commands and servers that tests start compile nothing that an earlier one has.
  process.env.NODE_COMPILE_CACHE = join(home, 'compile-cache');
}
