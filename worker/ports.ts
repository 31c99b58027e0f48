import { createServer } from 'node:net';

/** Where Whetstone listens: all on loopback. */
export interface Ports {
  temporal: number;
  temporalUi: number;
  gateway: number;
  modelServer: number;
}

const VARIABLES = {
  temporal: ['WHETSTONE_TEMPORAL_PORT', 7233],
  temporalUi: ['WHETSTONE_TEMPORAL_UI_PORT', 8233],
  gateway: ['WHETSTONE_GATEWAY_PORT', 8080],
  modelServer: ['WHETSTONE_MODEL_PORT', 8090],
} as const satisfies Record<keyof Ports, readonly [string, number]>;

/** Reads the ports from the environment. @throws Error that names the variable */
export function readPorts(env: NodeJS.ProcessEnv): Ports {
  const read = (name: keyof Ports) => {
    const [variable, fallback] = VARIABLES[name];
    const text = env[variable];
    const port = text === undefined ? fallback : Number(text);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new Error(`${variable}: found '${text}'; expected a port number from 1 to 65535`);
    }
    return port;
  };
  return {
    temporal: read('temporal'),
    temporalUi: read('temporalUi'),
    gateway: read('gateway'),
    modelServer: read('modelServer'),
  };
}

/** @throws Error that names the port, what needed it, and the variable that moves it */
export async function requireFreePort(name: keyof Ports, port: number): Promise<void> {
  if (await isFree(port)) return;
  const [variable] = VARIABLES[name];
  const hint =
    name === 'temporal'
      ? ` If a Temporal server of yours listens there, use it: TEMPORAL_ADDRESS=127.0.0.1:${port} npm start`
      : '';
  throw new Error(
    `port ${port} is in use, and Whetstone needs it (${variable}). Stop what listens there, or choose another: ${variable}=${port + 10_000} npm start.${hint}`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
