import { expect, it } from 'vitest';
import { createWaitingFor } from './waiting-for.ts';

it('says what a start waits for once, again when it changes, and after half a minute with the seconds', () => {
  const said: string[] = [];
  let now = 0;
  const waiting = createWaitingFor(
    (line) => void said.push(line),
    () => now,
  );
  waiting.tell();
  for (const name of ['model-server', 'worker']) waiting.add(name);
  for (; now < 12_000; now += 4_000) waiting.tell();
  waiting.done('model-server');
  for (; now < 48_000; now += 4_000) waiting.tell();
  waiting.done('worker');
  waiting.tell();
  expect(said).toEqual(['Starting: model-server, worker', 'Starting: worker', 'Starting: worker (32 s)']);
});
