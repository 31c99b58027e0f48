import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Somebody who is told by webhook, well behaved or not. */

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Receiver {
  url: string;
  received: Received[];
  /** What each message is answered with. */
  answer: (reply: ServerResponse, message: Received) => void;
  close: () => Promise<void>;
}

export async function startReceiver(answer: Receiver['answer'] = (reply) => reply.end()): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, reply) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const message = { headers: request.headers, body };
      received.push(message);
      receiver.answer(reply, message);
    });
    // A sender that goes away is no error of the receiver's.
    reply.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    answer,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}
