import { resolve } from 'node:path';
import { userInfo } from 'node:os';
import type { Client } from '@temporalio/client';
import { openArtifacts } from '../../../artifacts/open.ts';
import type { ArtifactStore } from '../../../artifacts/store.ts';
import { loadStages } from '../../../configs/load.ts';
import { resolvePaths, type Paths } from '../../../configs/paths.ts';
import * as connection from '../../../operations/connection.ts';
import { withRegistry as withRegistryAt } from '../../../registry/open.ts';
import type { Registry } from '../../../registry/store.ts';

/** What every command stands in: this process's environment, its output, and its user. */

export const say = (message: string) => void process.stdout.write(`${message}\n`);

/** Says what was done: as JSON for programs, else in words. */
export const tell = (json: boolean | undefined, value: object, text: string): void =>
  say(json ? JSON.stringify(value, null, 2) : text);

export const paths = (): Paths => resolvePaths(process.env);

/** The artifacts, without a worker or a server. */
export function store(): Promise<ArtifactStore> {
  const { artifacts, artifactCache } = paths();
  return openArtifacts({ location: artifacts, cacheDir: artifactCache, env: process.env });
}

/** Where a command works: the environment and the checkout's folders. */
export const here = () => ({ env: process.env, paths: paths() });

/** What a person typed for a config: a YAML file starts where they stand, any other is a name below configs/. */
export const typedConfig = (name: string): string => (/\.ya?ml$/.test(name) ? resolve(name) : name);

/** Runs a command against the running system's Temporal. @throws RequestError that says what to start */
export const withTemporal = <T>(
  work: (client: Client, running: connection.RunningSystem | undefined) => Promise<T>,
): Promise<T> => connection.withTemporal(here(), work);

/** Runs a command on the registry itself: it works when no worker and no server does. The rules are read where something asks for them. */
export function withRegistry<T>(work: (registry: Registry) => Promise<T>): Promise<T> {
  const { registry: url, projectRoot } = paths();
  return withRegistryAt({ url, policies: async () => (await loadStages(projectRoot)).aliases }, work);
}

/** Ctrl-C ends the command that follows a run, and not the run. To be called before progress is shown, which listens too. */
export function goesOnAfterInterrupt({ what, id }: { what: string; id: string }): void {
  process.once('SIGINT', () => {
    say(`\n${what} goes on. Follow it: npx whetstone status; end it: npx whetstone cancel ${id}`);
    process.exit(130);
  });
}

/** Whoever runs the command, unless --by says otherwise. A claim, not a proof. */
export const currentUser = (): string => process.env.USER || userInfo().username;
