import { RequestError } from '../common/errors.ts';
import { unknownName } from '../common/unknown-name.ts';
import { QUEUE_NAMES, type QueueName } from '../contract/queues.ts';

/**
 * The queues that a worker is told to serve, each once: names, or several in one text with commas between them. Told none, it serves all.
 * @throws RequestError for a name that is no queue
 */
export function readQueues(texts: readonly string[]): QueueName[] {
  const names = texts.flatMap((text) => text.split(',')).map((name) => name.trim());
  const isQueue = (name: string): name is QueueName => (QUEUE_NAMES as readonly string[]).includes(name);
  for (const name of names)
    if (!isQueue(name)) throw new RequestError(`queue: ${unknownName('queue', name, QUEUE_NAMES)}`, { field: 'queue' });
  return names.length === 0 ? [...QUEUE_NAMES] : QUEUE_NAMES.filter((name) => names.includes(name));
}
