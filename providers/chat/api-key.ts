import { ProviderError } from '../../contract/ports.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where keys come from, and where they may go. */
export interface Keys {
  env: Environment;
  /** By variable: the servers (scheme and host, with `*`) that may get its key. One on this machine always may. */
  servers: Readonly<Record<string, readonly string[]>>;
}

/**
 * The key that an environment variable holds. A server on this machine may need none: then undefined.
 * A key goes only where the policy lets it: a run's config, which anyone who may start runs can write, names both variable and server.
 * @throws ProviderError `authentication`, naming the variable, the config's field and the fix
 */
export function readApiKey(options: {
  keys: Keys;
  /** The config's `apiKeyEnv`, else the provider's usual variable. */
  variable: string;
  /** What needs the key, for the message. */
  subject: string;
  url: string;
}): string | undefined {
  const { keys, variable, subject, url } = options;
  const local = isLoopback(url);
  if (!local && !mayReceive(keys.servers[variable] ?? [], url)) {
    throw new ProviderError(
      'authentication',
      `${subject}: the key of ${variable} may not be sent to ${new URL(url).origin}: configs/keys.yaml lists ` +
        `${keys.servers[variable]?.join(', ') || 'no server for it'}. Whoever runs the worker can add it there and start the worker again.`,
    );
  }
  const key = keys.env[variable]?.trim();
  if (key && /^[\x21-\x7e]+$/.test(key)) return key;
  if (key) {
    throw new ProviderError(
      'authentication',
      `${subject}: the environment variable ${variable} holds a space, line break or letter that no key has. ` +
        `Set it again to the bare key, or name another variable in the model's apiKeyEnv field.`,
    );
  }
  if (local) return undefined;
  throw new ProviderError(
    'authentication',
    `${subject}: no key: the environment variable ${variable} is not set where the worker runs. ` +
      `Set it (export ${variable}=...), or name the variable that holds the key in the model's apiKeyEnv field.`,
  );
}

function mayReceive(servers: readonly string[], url: string): boolean {
  const { origin } = new URL(url);
  return servers.some((server) => {
    const pattern = server.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
    return new RegExp(`^${pattern.join('[\\w.-]*')}$`, 'i').test(origin);
  });
}

export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}
