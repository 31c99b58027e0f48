import { createServer } from 'node:net';

/** Where Whetstone listens: all on loopback. */
export interface Ports {
  temporal: number;
  temporalUi: number;
  gateway: number;
  modelServer: number;
}

const MOST = 65_535;

const VARIABLES = {
  temporal: ['WHETSTONE_TEMPORAL_PORT', 7233],
  temporalUi: ['WHETSTONE_TEMPORAL_UI_PORT', 8233],
  gateway: ['WHETSTONE_GATEWAY_PORT', 8080],
  modelServer: ['WHETSTONE_MODEL_PORT', 8090],
} as const satisfies Record<keyof Ports, readonly [string, number]>;

/** Reads the ports from the environment. @throws Error that names the variable, for a bad port or one given twice */
export function readPorts(env: NodeJS.ProcessEnv): Ports {
  const read = (name: keyof Ports) => {
    const [variable, fallback] = VARIABLES[name];
    const text = env[variable];
    const port = text === undefined ? fallback : /^\d+$/.test(text) ? Number(text) : 0;
    if (port < 1 || port > MOST) {
      throw new Error(`${variable}: found '${text}'; expected a port number from 1 to ${MOST}`);
    }
    return port;
  };
  const ports: Ports = {
    temporal: read('temporal'),
    temporalUi: read('temporalUi'),
    gateway: read('gateway'),
    modelServer: read('modelServer'),
  };
  for (const [name, port] of Object.entries(ports)) {
    const other = Object.entries(ports).find(([n, p]) => p === port && n !== name);
    if (other) {
      const [one, two] = [name, other[0]].map((n) => VARIABLES[n as keyof Ports][0]);
      throw new Error(`${one} and ${two}: found ${port} for both; expected a port of its own for each`);
    }
  }
  return ports;
}

/** @throws Error that names the port, what needed it, and the variable that moves it */
export async function requireFreePort(name: keyof Ports, port: number): Promise<void> {
  const problem = await listenError(port);
  if (problem === undefined) return;
  const [variable] = VARIABLES[name];
  const another = port + 10_000 > MOST ? port - 10_000 : port + 10_000;
  const choose = `choose another: ${variable}=${another} npm start`;
  if (problem.code !== 'EADDRINUSE') {
    throw new Error(`port ${port} can't be listened on (${problem.message}), and Whetstone needs it; ${choose}`);
  }
  const hint =
    name === 'temporal'
      ? ` If a Temporal server of yours listens there, use it: TEMPORAL_ADDRESS=127.0.0.1:${port} npm start`
      : '';
  throw new Error(
    `port ${port} is in use, and Whetstone needs it (${variable}). Stop what listens there, or ${choose}.${hint}`,
  );
}

/** Why the port can't be listened on; undefined when it can. */
function listenError(port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(undefined)));
  });
}
