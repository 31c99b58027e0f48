import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolvePaths } from '../../configs/paths.ts';
import { findTemporal, temporalServerCommand } from './temporal.ts';

let root: string;
let home: string;
let said: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'whetstone-temporal-'));
  home = join(root, 'home');
  said = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A program of this test: a shell script that is found on PATH in the folder `bin`. */
function program(path: string, script = 'exit 0'): string {
  const file = join(root, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const noNetwork = async () => 'no network';
const find = (env: NodeJS.ProcessEnv = {}, download: (folder: string) => Promise<string | undefined> = noNetwork) =>
  findTemporal({
    env: { PATH: join(root, 'bin'), ...env },
    home,
    say: (message) => said.push(message),
    download,
  });

/** What `go install` does, as far as this project can see. */
const GO_BUILDS = `[ "$1" = version ] && exit 0
/bin/mkdir -p "$GOBIN"
printf '#!/bin/sh\\nexit 0\\n' > "$GOBIN/temporal"
/bin/chmod +x "$GOBIN/temporal"
echo "$*" > "${'$'}{GOBIN}/../asked"`;

describe('the order in which a Temporal server is looked for', () => {
  it('takes TEMPORAL_ADDRESS before all else', async () => {
    program('bin/temporal');
    expect(await find({ TEMPORAL_ADDRESS: 'temporal.example:7233' })).toEqual({
      choice: { kind: 'external', address: 'temporal.example:7233' },
      message: 'Temporal server: temporal.example:7233 (TEMPORAL_ADDRESS is set)',
    });
  });

  it('then a temporal on PATH', async () => {
    const executable = program('bin/temporal');
    program('home/temporal/temporal-v1.5.1');
    expect(await find()).toEqual({
      choice: { kind: 'embedded', executable },
      message: `Temporal server: embedded, started by ${executable} on PATH (TEMPORAL_ADDRESS is not set)`,
    });
  });

  it('passes over one that does not run, and says so', async () => {
    const broken = program('bin/temporal', 'exit 1');
    const executable = program('other/temporal');
    expect((await find({ PATH: `${join(root, 'bin')}:${join(root, 'other')}` })).choice).toEqual({
      kind: 'embedded',
      executable,
    });
    program('home/temporal/temporal-v1.5.1');
    expect((await find()).message).toContain(`TEMPORAL_ADDRESS is not set; ${broken} on PATH does not run`);
  });

  it('then the one that was built before, then the one that was downloaded before', async () => {
    const downloaded = program('home/temporal/download/temporal-test-server-sdk');
    expect((await find()).choice).toEqual({ kind: 'embedded', executable: downloaded });
    const built = program('home/temporal/temporal-v1.5.1');
    const { choice, message } = await find();
    expect(choice).toEqual({ kind: 'embedded', executable: built });
    expect(message).toBe(
      `Temporal server: embedded, started by the cached ${built} (TEMPORAL_ADDRESS is not set; no temporal on PATH)`,
    );
    expect(said).toEqual([]);
  });

  it('then downloads one, and never takes a half-loaded one', async () => {
    const download = async (folder: string) => {
      program('home/temporal/download/temporal-sdk.downloading');
      expect(folder).toBe(join(home, 'temporal', 'download'));
      program('home/temporal/download/temporal-sdk');
      return undefined;
    };
    const { choice, message } = await find({}, download);
    expect(choice).toEqual({ kind: 'embedded', executable: join(home, 'temporal', 'download', 'temporal-sdk') });
    expect(message).toContain('just downloaded (TEMPORAL_ADDRESS is not set; no temporal on PATH; none cached)');
    expect(said).toHaveLength(1);
  });

  it('then builds the official CLI with go install, once', async () => {
    program('bin/go', GO_BUILDS);
    const { choice, message } = await find();
    const built = join(home, 'temporal', 'temporal-v1.5.1');
    expect(choice).toEqual({ kind: 'embedded', executable: built });
    expect(message).toContain('just built with go install (');
    expect(message).toContain('download failed: no network');
    expect(readFileSync(join(home, 'temporal', 'asked'), 'utf8')).toBe(
      'install -ldflags=-s -w -gcflags=all=-dwarf=false github.com/temporalio/cli/cmd/temporal@v1.5.1\n',
    );
    program('bin/go', 'exit 1');
    expect((await find()).message).toContain(`started by the cached ${built}`);
    expect(readdirSync(join(home, 'temporal')).filter((name) => name.startsWith('building'))).toEqual([]);
  });
});

describe('when no server can be had', () => {
  it('lists why each way failed, and what to do', async () => {
    await expect(find()).rejects.toThrow(
      [
        'No Temporal server could be found or started:',
        '  - TEMPORAL_ADDRESS is not set',
        '  - no temporal on PATH',
        '  - none cached',
        '  - download failed: no network',
        '  - no go on PATH',
        'Install the Temporal CLI (https://docs.temporal.io/cli) or Go, or set TEMPORAL_ADDRESS to a server that runs.',
      ].join('\n'),
    );
  });

  it('shows the last lines of a go install that failed, and leaves no half-built CLI', async () => {
    program(
      'bin/go',
      '[ "$1" = version ] && exit 0\necho "go: downloading a/b" >&2\necho "a/b: connection refused" >&2\nexit 1',
    );
    const cached = program('home/temporal/temporal-v1.5.1', 'exit 1');
    rmSync(cached);
    await expect(find()).rejects.toThrow(
      /- download failed: no network\n {2}- go install github\.com\S+ failed \(exit code 1\):\n {6}\| go: downloading a\/b\n {6}\| a\/b: connection refused\nInstall/,
    );
    expect(existsSync(cached)).toBe(false);
  });

  it('says when what is cached does not run, and when a download brought nothing', async () => {
    const cached = program('home/temporal/temporal-v1.5.1', 'exit 1');
    await expect(find({}, async () => undefined)).rejects.toThrow(
      `- the cached ${cached} does not run\n  - download failed: no file arrived`,
    );
  });

  it('ends a build that is aborted', async () => {
    program('bin/go', '[ "$1" = version ] && exit 0\nexec /bin/sleep 60');
    const controller = new AbortController();
    const finding = findTemporal({
      env: { PATH: join(root, 'bin') },
      home,
      say: (message) => void (message.includes('go install') && controller.abort(new Error('enough'))),
      download: noNetwork,
      signal: controller.signal,
    });
    await expect(finding).rejects.toThrow('enough');
  });
});

it('starts the embedded server on loopback, with its data in one file', () => {
  const paths = resolvePaths({ WHETSTONE_STATE: '/state' });
  const ports = { temporal: 1, temporalUi: 2, gateway: 3, modelServer: 4 };
  const { command, args } = temporalServerCommand({ executable: '/bin/temporal', paths, ports });
  expect([command, ...args].join(' ')).toBe(
    '/bin/temporal server start-dev --ip 127.0.0.1 --port 1 --ui-port 2 --db-filename /state/temporal.db --log-level error' +
      ['transfer', 'timer', 'visibility']
        .map((queue) => ` --dynamic-config-value history.${queue}ProcessorMaxPollRPS=10000`)
        .join(''),
  );
});
