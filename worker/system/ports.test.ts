import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPorts, requireFreePort } from './ports.ts';

describe('readPorts', () => {
  it('has a default for each', () => {
    expect(readPorts({})).toEqual({ temporal: 7233, temporalUi: 8233, gateway: 8080, modelServer: 8090 });
  });

  it('takes each from its variable', () => {
    const env = {
      WHETSTONE_TEMPORAL_PORT: '1',
      WHETSTONE_TEMPORAL_UI_PORT: '2',
      WHETSTONE_GATEWAY_PORT: '3',
      WHETSTONE_MODEL_PORT: '65535',
    };
    expect(readPorts(env)).toEqual({ temporal: 1, temporalUi: 2, gateway: 3, modelServer: 65_535 });
  });

  it.each(['', ' ', 'http', '0', '-1', '65536', '80.5', '8080 ', '1e3', '0x50'])(
    'refuses %o, naming the variable',
    (bad) => {
      expect(() => readPorts({ WHETSTONE_GATEWAY_PORT: bad })).toThrow(
        `WHETSTONE_GATEWAY_PORT: found '${bad}'; expected a port number from 1 to 65535`,
      );
    },
  );

  it('refuses one port for two servers', () => {
    expect(() => readPorts({ WHETSTONE_MODEL_PORT: '8080' })).toThrow(
      'WHETSTONE_GATEWAY_PORT and WHETSTONE_MODEL_PORT: found 8080 for both; expected a port of its own for each',
    );
  });
});

describe('requireFreePort', () => {
  let server: Server;
  let port: number;
  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('names the port that is in use, its variable and another port', async () => {
    const another = port + 10_000 > 65_535 ? port - 10_000 : port + 10_000;
    await expect(requireFreePort('gateway', port)).rejects.toThrow(
      `port ${port} is in use, and Whetstone needs it (WHETSTONE_GATEWAY_PORT). Stop what listens there, or choose another: WHETSTONE_GATEWAY_PORT=${another} npm start.`,
    );
  });

  it('says how to use a Temporal server that listens there', async () => {
    await expect(requireFreePort('temporal', port)).rejects.toThrow(`TEMPORAL_ADDRESS=127.0.0.1:${port} npm start`);
    await expect(requireFreePort('temporalUi', port)).rejects.not.toThrow('TEMPORAL_ADDRESS');
  });

  it('takes a free one, and leaves it free', async () => {
    await new Promise((resolve) => server.close(resolve));
    await requireFreePort('modelServer', port);
    await requireFreePort('modelServer', port);
    server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
  });
});
