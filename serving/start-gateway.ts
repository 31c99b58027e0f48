import { serve } from '@hono/node-server';
import type { ArtifactStore } from '../artifacts/store.ts';
import { findEvidence } from '../evidence/find.ts';
import { readPage } from '../evidence/keep.ts';
import type { Retriever } from '../contract/retrieval.ts';
import { pageLink } from '../evidence/link.ts';
import { showLive } from '../evidence/live/show.ts';
import { openRegistry } from '../registry/open.ts';
import { fileAnswerLog } from './answer-log.ts';
import { createGateway } from './gateway.ts';
import { localUpstream, type HostedServers, type UpstreamKind } from './router.ts';

export interface GatewayAddress {
  host: string;
  /** 0 takes a free one. */
  port: number;
}

export interface GatewayProcess {
  url: string;
  /** Takes no new request, ends when those in flight have ended, or cuts them off after `graceMs`. */
  close(options: { graceMs: number }): Promise<void>;
}

const DRAIN_INTERVAL_MS = 50;

/** Reads WHETSTONE_GATEWAY_HOST and WHETSTONE_GATEWAY_PORT. @throws Error that names the variable */
export function readGatewayAddress(env: NodeJS.ProcessEnv): GatewayAddress {
  const text = env.WHETSTONE_GATEWAY_PORT ?? '8080';
  const port = Number(text);
  if (text.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`WHETSTONE_GATEWAY_PORT: found '${text}'; expected a port number from 0 (any free one) to 65535`);
  }
  return { host: env.WHETSTONE_GATEWAY_HOST ?? '127.0.0.1', port };
}

/** Reads WHETSTONE_GATEWAY_TIMEOUT_MS: how long a whole answer may take. @throws Error that names the variable */
export function readAnswerTimeout(env: NodeJS.ProcessEnv): number {
  const text = env.WHETSTONE_GATEWAY_TIMEOUT_MS ?? '120000';
  const timeoutMs = Number(text);
  if (Number.isInteger(timeoutMs) && timeoutMs > 0) return timeoutMs;
  throw new Error(`WHETSTONE_GATEWAY_TIMEOUT_MS: found '${text}'; expected milliseconds above 0`);
}

/** Reads WHETSTONE_MODEL_SERVER_KIND: whether the model server itself refuses what it can't do. @throws Error that names the variable */
export function readModelServerKind(env: NodeJS.ProcessEnv): UpstreamKind {
  const kind = env.WHETSTONE_MODEL_SERVER_KIND ?? 'text';
  if (kind === 'text' || kind === 'openai') return kind;
  throw new Error(
    `WHETSTONE_MODEL_SERVER_KIND: found '${kind}'; expected text (the project's own) or openai (a server that refuses what it can't do, such as vLLM)`,
  );
}

/**
 * Opens the registry and listens.
 * @param options.registryUrl as openRegistry takes it
 * @param options.artifacts brings weights that lie on no disk of this machine, and evidence pages
 * @param options.modelServer address of the model server, without `/v1`
 * @throws Error that says what to do when the port is in use
 */
export async function startGateway({
  address,
  registryUrl,
  modelServer,
  modelServerKind,
  artifacts,
  timeoutMs,
  hosted,
  retriever,
  answerLog,
}: {
  address: GatewayAddress;
  registryUrl: string;
  modelServer: string;
  modelServerKind?: UpstreamKind;
  artifacts: Pick<ArtifactStore, 'localFolder' | 'list' | 'readText'>;
  timeoutMs?: number;
  /** Who hosts models that are registered. */
  hosted?: HostedServers;
  /** Asks the indexes that versions answer from. */
  retriever?: Retriever;
  /** Where a line for each answer goes. */
  answerLog?: { file: string; texts: boolean };
}): Promise<GatewayProcess> {
  const { registry, close: closeRegistry } = await openRegistry({ url: registryUrl });
  const log = answerLog && fileAnswerLog(answerLog, console.error);
  try {
    const app = createGateway({
      registry,
      upstream: localUpstream(modelServer, modelServerKind, (uri) => artifacts.localFolder(uri), hosted),
      evidence: async (id) => {
        const page = await findEvidence(id, { artifacts, registry });
        return page && showLive(await readPage(artifacts, page), { id, registry, linkTo: (of) => pageLink(of, '/') });
      },
      retriever,
      answerLog: log,
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    const { server, port } = await listen(app.fetch, address);
    return {
      url: `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}`,
      close: async ({ graceMs }) => {
        await drain(server, graceMs);
        await log?.flush();
        await closeRegistry();
      },
    };
  } catch (error) {
    await closeRegistry();
    throw error;
  }
}

type HttpServer = import('node:http').Server;

function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port }: GatewayAddress,
): Promise<{ server: HttpServer; port: number }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port }, (info) => resolve({ server, port: info.port })) as HttpServer;
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message =
        error.code === 'EADDRINUSE'
          ? `port ${port} on ${host} is in use, and the gateway needs it; stop what listens there, or set WHETSTONE_GATEWAY_PORT to another port`
          : `the gateway cannot listen on ${host} port ${port}: ${error.message}; see WHETSTONE_GATEWAY_HOST and WHETSTONE_GATEWAY_PORT`;
      reject(new Error(message, { cause: error }));
    });
  });
}

async function drain(server: HttpServer, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Kept-alive connections become idle one by one as their last request ends.
  const idle = setInterval(() => server.closeIdleConnections(), DRAIN_INTERVAL_MS);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}
