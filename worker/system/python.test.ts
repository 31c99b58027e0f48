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
import { ensurePython } from './python.ts';

let root: string;
let said: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'whetstone-python-'));
  said = [];
  mkdirSync(join(root, 'project', 'providers', 'python'), { recursive: true });
  pins('torch==2.0.0\ntrl==1.0.0\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const pins = (requirements: string) => {
  writeFileSync(join(root, 'project', 'providers', 'python', 'requirements.txt'), requirements);
  writeFileSync(join(root, 'project', 'providers', 'python', 'constraints.txt'), 'numpy==1.0.0\n');
};

/** A Python of this test, as a shell script: it makes "environments" that hold itself, and writes down what pip is asked. */
function fakePython(options: { name?: string; version?: string; venv?: string; pip?: string } = {}): string {
  const { name = 'python3', version = '3.12', venv = '', pip = '' } = options;
  const file = join(root, 'bin', name);
  mkdirSync(join(root, 'bin'), { recursive: true });
  writeFileSync(
    file,
    `#!/bin/sh
case "$*" in
-c*) echo ${version} ;;
"-m venv "*)
  ${venv || ':'}
  mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip "*)
  echo "$*" >> ${root}/pip
  ${pip || ':'} ;;
esac
`,
  );
  chmodSync(file, 0o755);
  return file;
}

const ensure = (options: { env?: NodeJS.ProcessEnv; cpuIndex?: string; freeBytes?: number } = {}) =>
  ensurePython({
    projectRoot: join(root, 'project'),
    home: join(root, 'home'),
    env: { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, ...options.env },
    say: (message) => said.push(message),
    probes: {
      torchCpuIndex: async () => options.cpuIndex,
      freeBytes: async () => options.freeBytes ?? 1e12,
    },
  });

const environments = () =>
  readdirSync(join(root, 'home')).filter((name) => name.startsWith('python-') && !name.endsWith('.lock'));
const asked = () => (existsSync(join(root, 'pip')) ? readFileSync(join(root, 'pip'), 'utf8').trim().split('\n') : []);

describe('WHETSTONE_PYTHON', () => {
  it('wins over making an environment', async () => {
    const python = fakePython({ name: 'mine' });
    expect(await ensure({ env: { WHETSTONE_PYTHON: python, PATH: '/nowhere:/usr/bin:/bin' } })).toBe(python);
    expect(existsSync(join(root, 'home'))).toBe(false);
  });

  it.each([
    ['is not there', '/nowhere/python', /^WHETSTONE_PYTHON: found '\/nowhere\/python', which does not run; expected/],
    [
      'is too old',
      'old',
      /^WHETSTONE_PYTHON: found '.*old', which is Python 3\.9; expected the Python, 3\.10 or newer/,
    ],
  ])('is refused when it %s', async (_why, name, message) => {
    const python = name === 'old' ? fakePython({ name, version: '3.9' }) : name;
    await expect(ensure({ env: { WHETSTONE_PYTHON: python } })).rejects.toThrow(message);
  });
});

describe('the Python of the system', () => {
  it('is missing: says so, and how to install it', async () => {
    await expect(ensure({ env: { PATH: join(root, 'empty') } })).rejects.toThrow(
      /^Python 3\.10 or newer is needed .*\(no python3, no python, .*\)\.\nInstall it .*WHETSTONE_PYTHON=/,
    );
  });

  it('is too old: says which, and takes a newer one by its own name', async () => {
    fakePython({ version: '3.9' });
    const env = { PATH: `${join(root, 'bin')}:/nowhere` };
    await expect(ensure({ env })).rejects.toThrow('(python3 is 3.9, no python,');
    fakePython({ name: 'python3.12', venv: `PATH=/usr/bin:/bin` });
    expect(await ensure({ env })).toMatch(/bin\/python$/);
  });

  it('has no venv module: says how to install it, and leaves nothing that looks made', async () => {
    fakePython({ venv: 'echo "No module named venv" >&2; exit 1' });
    await expect(ensure()).rejects.toThrow(
      /^python3 -m venv failed: [^]*No module named venv[^]*apt install python3-venv/,
    );
    expect(environments()).toEqual([]);
  });
});

describe('the environment', () => {
  it('is made once: a second start finds it, and asks pip for nothing', async () => {
    fakePython();
    const python = await ensure();
    expect(python).toBe(join(root, 'home', environments()[0] ?? '', 'bin', 'python'));
    expect(asked()).toEqual([
      `-m pip install -r ${root}/project/providers/python/requirements.txt -c ${root}/project/providers/python/constraints.txt --disable-pip-version-check --no-input --progress-bar off`,
    ]);
    said = [];
    expect(await ensure()).toBe(python);
    expect(asked()).toHaveLength(1);
    expect(said).toEqual([]);
  });

  it('is made once by two starts at the same time', async () => {
    fakePython({ pip: 'sleep 0.2' });
    expect(new Set(await Promise.all([ensure(), ensure()])).size).toBe(1);
    expect(asked()).toHaveLength(1);
  });

  it('is another one when the pins change', async () => {
    fakePython();
    const before = await ensure();
    pins('torch==2.1.0\n');
    expect(await ensure()).not.toBe(before);
    expect(environments()).toHaveLength(2);
  });

  it("takes PyTorch's CPU build first where there is one", async () => {
    fakePython();
    await ensure({ cpuIndex: 'https://cpu.example/whl' });
    expect(asked()[0]).toContain('install torch==2.0.0 --index-url https://cpu.example/whl');
    expect(asked()).toHaveLength(2);
    expect(said[0]).toContain("PyTorch's CPU build");
  });

  it('takes the common build where the CPU build can not be had', async () => {
    fakePython({ pip: 'case "$*" in *--index-url*) exit 1;; esac' });
    await ensure({ cpuIndex: 'https://cpu.example/whl' });
    expect(said.at(-1)).toContain('taking the common one');
  });

  it('that pip could not fill is not taken for made: the last lines are shown, and the next start makes it anew', async () => {
    fakePython({
      pip: 'i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo "line $i"; done; echo "ERROR: no index" >&2; exit 1',
    });
    const failure = ensure();
    await expect(failure).rejects.toThrow(/^pip install -r .* failed \(exit code 1\):\n/);
    await expect(failure).rejects.toThrow(/\| line 30\n[^]*\| ERROR: no index|\| ERROR: no index[^]*\| line 30\n/);
    await expect(failure).rejects.not.toThrow(/\| line 3\n/);
    expect(existsSync(join(root, 'home', environments()[0] ?? '', 'complete'))).toBe(false);
    fakePython();
    expect(await ensure()).toMatch(/bin\/python$/);
    expect(existsSync(join(root, 'home', environments()[0] ?? '', 'complete'))).toBe(true);
  });

  it('whose Python has gone is made anew', async () => {
    fakePython();
    const python = await ensure();
    rmSync(python);
    expect(await ensure()).toBe(python);
    expect(asked()).toHaveLength(2);
  });

  it('needs disk, and says how much and where to move it', async () => {
    fakePython();
    await expect(ensure({ freeBytes: 4e9 })).rejects.toThrow(
      /home: 4\.0 GB free, and the Python environment needs 9\.0 GB\..*WHETSTONE_HOME=/,
    );
    await ensure({ freeBytes: 4e9, cpuIndex: 'https://cpu.example/whl' });
  });
});
