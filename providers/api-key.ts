import { ProviderError } from './types.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The key that an environment variable holds. A server on this machine may need none: then undefined.
 * @throws ProviderError `authentication`, naming the variable, the config's field and the fix
 */
export function readApiKey(options: {
  env: Environment;
  /** The config's `apiKeyEnv`, else the provider's usual variable. */
  variable: string;
  /** What needs the key, for the message. */
  subject: string;
  url: string | undefined;
}): string | undefined {
  const { env, variable, subject, url } = options;
  const key = env[variable]?.trim();
  if (key && /^[\x21-\x7e]+$/.test(key)) return key;
  if (key) {
    throw new ProviderError(
      'authentication',
      `${subject}: the environment variable ${variable} holds a space, line break or letter that no key has. ` +
        `Set it again to the bare key, or name another variable in the model's apiKeyEnv field.`,
    );
  }
  if (url && isLoopback(url)) return undefined;
  throw new ProviderError(
    'authentication',
    `${subject}: no key: the environment variable ${variable} is not set where the worker runs. ` +
      `Set it (export ${variable}=...), or name the variable that holds the key in the model's apiKeyEnv field.`,
  );
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
