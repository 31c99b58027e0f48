import { expect, it } from 'vitest';
import { readQueues } from './queues.ts';

it('are all where none is named, else those that are, each once', () => {
  expect(readQueues([])).toEqual(['control', 'generation', 'training', 'evaluation']);
  expect(readQueues(['training', 'generation,training'])).toEqual(['generation', 'training']);
});

it('are refused by a name that is none, with the one that was meant', () => {
  expect(() => readQueues(['trainig'])).toThrow(
    "queue: unknown queue 'trainig'; did you mean 'training'? known: control, generation, training, evaluation",
  );
  expect(() => readQueues(['training,'])).toThrow("unknown queue ''");
});
