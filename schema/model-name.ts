/** How models are named, in requests and on the command line alike. */

export const DEFAULT_ALIAS = 'production';

export type ModelName = { model: string; alias: string } | { model: string; version: number };

/**
 * `name` is what the alias production serves, `name@staging` what another alias serves, `name@3` or `name@v3` that
 * version, whether an alias points at it or not.
 */
export function parseModelName(name: string): ModelName {
  const at = name.indexOf('@');
  if (at < 0) return { model: name, alias: DEFAULT_ALIAS };
  const model = name.slice(0, at);
  const rest = name.slice(at + 1);
  const version = /^v?(\d{1,9})$/.exec(rest)?.[1];
  return version === undefined ? { model, alias: rest } : { model, version: Number(version) };
}
