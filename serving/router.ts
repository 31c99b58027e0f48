import { fileURLToPath } from 'node:url';
import type { AliasMove, ModelVersion } from '../registry/schema.ts';
import type { Registry } from '../registry/store.ts';
import { parseModelName } from '../schema/model-name.ts';

/** From the name that a client asks for, to a model version, to the server that answers for it. */

/** Where a version's answers come from: a server that speaks the OpenAI protocol, and its name for the weights. */
export interface Upstream {
  /** Up to and with `/v1`. */
  baseUrl: string;
  model: string;
  /** What a request carries besides: a provider's key. */
  headers?: Record<string, string>;
  /** `text`: the project's own model server, which passes over in silence what it can't do; `openai`: a server that refuses it. */
  kind: UpstreamKind;
}

export type UpstreamKind = 'text' | 'openai';

/**
 * The version that answers now, and the alias's move that made it so, read from the registry each time: an alias that moves takes effect at the next request.
 * @throws NotInRegistryError naming the known models, aliases or versions
 */
export async function resolveVersion(
  registry: Pick<Registry, 'deployment' | 'getVersion'>,
  name: string,
): Promise<{ version: ModelVersion; move?: AliasMove }> {
  const asked = parseModelName(name);
  if ('version' in asked) return { version: await registry.getVersion(asked.model, asked.version) };
  const { stable: version, move } = await registry.deployment(asked.model, asked.alias);
  return { version, move };
}

/** A version that this gateway has no answers for. */
export class NotServedError extends Error {
  override name = 'NotServedError';
}

/** Where a provider's models are asked, by its name; undefined for one that nobody declared. @throws where its key is missing */
export type HostedServers = (provider: string) => { baseUrl: string; headers: Record<string, string> } | undefined;

/**
 * One model server beside the gateway, which loads weights on demand by their folder or hub id, and the providers that host models.
 * @param serverUrl its address, without `/v1`
 * @param bring makes a local folder of weights that lie elsewhere
 */
export function localUpstream(
  serverUrl: string,
  kind: UpstreamKind = 'text',
  bring?: (uri: string) => Promise<string>,
  hosted: HostedServers = () => undefined,
): (version: ModelVersion) => Promise<Upstream> {
  const baseUrl = `${serverUrl.replace(/\/+$/, '')}/v1`;
  return async ({ model, version, ref }) => {
    if (ref.kind === 'hosted') {
      const { provider, id } = ref;
      const server = hosted(provider);
      if (server) return { ...server, kind: 'openai', model: id };
      throw new NotServedError(
        `${model} version ${version} is '${id}', hosted by ${provider}, which this gateway does not know; declare it in configs/hosted.yaml and start the gateway again`,
      );
    }
    if (ref.kind === 'quote')
      throw new NotServedError(`${model} version ${version} quotes the documents: no model server answers for it`);
    const { uri } = ref;
    if (uri.startsWith('file://')) return { baseUrl, kind, model: fileURLToPath(uri) };
    if (uri.startsWith('hf://')) return { baseUrl, kind, model: uri.slice('hf://'.length) };
    if (bring) return { baseUrl, kind, model: await bring(uri) };
    throw new Error(
      `${model} version ${version}: found weights at ${uri}; the local model server takes file:// and hf:// only`,
    );
  };
}
