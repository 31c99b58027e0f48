import { startFakeOpenAi, type FakeOptions } from '../test/fakes/openai-server.ts';
import { answer } from './corpus.ts';

/** The model server of the benchmarks, in a process of its own. It says its address, and its counts when asked. */
export interface ServerCounts {
  received: number;
  answered: number;
  used: { input: number; output: number };
  malformed: number;
  mostInFlight: number;
  seconds: number;
  statuses: Record<string, number>;
}

const options = JSON.parse(process.argv[2] ?? '{}') as FakeOptions;
const server = await startFakeOpenAi({ ...options, answer, forget: true });
process.on('message', () => {
  const statuses = Object.fromEntries(server.statuses);
  const received = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  const counts: ServerCounts = {
    received,
    answered: server.answered(),
    used: server.used(),
    malformed: server.malformed(),
    mostInFlight: server.mostInFlight(),
    seconds: server.seconds(),
    statuses,
  };
  process.send?.(counts);
});
process.on('disconnect', () => process.exit());
process.send?.(server.url);
