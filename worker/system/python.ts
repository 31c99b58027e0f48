import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { withFolderLock } from '../../common/folder-lock.ts';

/** PyTorch's own index of CPU builds: a tenth of the size of the common build for Linux, which carries CUDA. */
const TORCH_CPU_INDEX = 'https://download.pytorch.org/whl/cpu';
const NEEDED_BYTES = { cpu: 3e9, common: 9e9 };

const run = promisify(execFile);

interface PythonOptions {
  projectRoot: string;
  home: string;
  env: NodeJS.ProcessEnv;
  say: (message: string) => void;
  /** Aborting it ends the installation under way; the next start makes the environment anew. */
  signal?: AbortSignal;
  /** What is asked of the machine, for tests to answer. */
  probes?: Partial<typeof PROBES>;
}

/**
 * The Python of the pinned environment: made once in the cache, found by every later start and every other clone.
 * WHETSTONE_PYTHON names one made by other means.
 * @returns path of its executable
 * @throws Error with the fix when Python, venv, disk or the package index is missing
 */
export async function ensurePython(options: PythonOptions): Promise<string> {
  const { env, home, say, signal } = options;
  const { torchCpuIndex, freeBytes } = { ...PROBES, ...options.probes };
  if (env.WHETSTONE_PYTHON) return requirePython(env.WHETSTONE_PYTHON, env);
  const { folder, python, requirements, constraints, complete, isMade } = await environmentOf(options);
  if (isMade()) return python;

  const system = await findPython(env);
  await mkdir(home, { recursive: true });
  const waiting = setTimeout(() => say('Python: another start is making the environment; waiting for it ...'), 2_000);
  const make = async () => {
    clearTimeout(waiting);
    if (isMade()) return; // Another clone made it while this one waited.
    const cpuIndex = await torchCpuIndex();
    const disk = async (kind: keyof typeof NEEDED_BYTES) =>
      requireDisk({ folder: home, freeBytes: await freeBytes(home), neededBytes: NEEDED_BYTES[kind] });
    await disk(cpuIndex ? 'cpu' : 'common');
    say(
      `Python: making the environment (once, a few minutes; ${cpuIndex ? "PyTorch's CPU build, 1 GB" : 'common PyTorch, 5 GB'}) in ${folder}`,
    );
    await rm(folder, { recursive: true, force: true });
    await run(system, ['-m', 'venv', folder], { env }).catch((cause: Error) => {
      throw new Error(
        `${system} -m venv failed: ${cause.message}\nInstall its venv module (Debian: apt install python3-venv), or name another Python: WHETSTONE_PYTHON=...`,
        { cause },
      );
    });
    if (cpuIndex) {
      const torch = (await readFile(requirements, 'utf8')).match(/^torch==.*$/m)?.[0] ?? 'torch';
      try {
        await pip({ python, args: ['install', torch, '--index-url', cpuIndex], env, say, signal });
      } catch {
        signal?.throwIfAborted();
        say("Python: PyTorch's CPU build could not be had; taking the common one (5 GB)");
        await disk('common');
      }
    }
    await pip({ python, args: ['install', '-r', requirements, '-c', constraints], env, say, signal });
    await writeFile(complete, `${new Date().toISOString()}\n`);
  };
  await withFolderLock(`${folder}.lock`, make, 60 * 60_000).finally(() => clearTimeout(waiting));
  return python;
}

/** Where the pinned environment is, or will be. */
async function environmentOf({ projectRoot, home }: Pick<PythonOptions, 'projectRoot' | 'home'>) {
  const pins = join(projectRoot, 'providers', 'python');
  const requirements = join(pins, 'requirements.txt');
  const constraints = join(pins, 'constraints.txt');
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .update(await readFile(constraints));
  const folder = join(home, `python-${hash.digest('hex').slice(0, 12)}`);
  const python = join(folder, 'bin', 'python');
  const complete = join(folder, 'complete');
  // A venv links to the Python it was made with, which may have been removed since.
  const isMade = () => existsSync(complete) && existsSync(python);
  return { folder, python, requirements, constraints, complete, isMade };
}

/** What `ensurePython` would find, or would make one with; nothing is made. @throws Error with the fix where it could do neither */
export async function lookForPython(
  options: Pick<PythonOptions, 'projectRoot' | 'home' | 'env'>,
): Promise<{ status: 'made' | 'to-be-made'; python: string }> {
  const { env } = options;
  if (env.WHETSTONE_PYTHON) return { status: 'made', python: await requirePython(env.WHETSTONE_PYTHON, env) };
  const { python, isMade } = await environmentOf(options);
  return isMade() ? { status: 'made', python } : { status: 'to-be-made', python: await findPython(env) };
}

/** Packages of the pinned environment that a Python lacks, or has in another version. */
export async function missingPackages(options: { projectRoot: string; python: string }): Promise<string[]> {
  const requirements = join(options.projectRoot, 'providers', 'python', 'requirements.txt');
  const script = `import importlib.metadata as m, re, sys
for name, version in re.findall(r'^([\\w-]+)(?:\\[[^\\]]*\\])?==(\\S+)', open(sys.argv[1]).read(), re.M):
    try: found = m.version(name)
    except m.PackageNotFoundError: found = 'none'
    if found.split('+')[0] != version: print(f'{name} {version} (found {found})')`;
  const { stdout } = await run(options.python, ['-c', script, requirements]);
  return stdout.split('\n').filter(Boolean);
}

async function findPython(env: NodeJS.ProcessEnv): Promise<string> {
  const tried: string[] = [];
  for (const name of ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    const version = await pythonVersion(name, env);
    if (version && isNewEnough(version)) return name;
    tried.push(version ? `${name} is ${version}` : `no ${name}`);
  }
  throw new Error(
    `Python 3.10 or newer is needed to train and serve models (${tried.join(', ')}).\nInstall it (Debian: apt install python3 python3-venv; macOS: brew install python), or name one: WHETSTONE_PYTHON=/path/to/python`,
  );
}

/** The Python that a person named. @throws Error when it does not run, or is too old */
async function requirePython(python: string, env: NodeJS.ProcessEnv): Promise<string> {
  const version = await pythonVersion(python, env);
  if (version && isNewEnough(version)) return python;
  throw new Error(
    `WHETSTONE_PYTHON: found '${python}', which ${version ? `is Python ${version}` : 'does not run'}; expected the Python, 3.10 or newer, of an environment with the packages of providers/python/requirements.txt. Without the variable, Whetstone makes one.`,
  );
}

/** `3.12`; undefined when it does not run. */
async function pythonVersion(python: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout } = await run(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { env });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= 10);
}

/** The CPU index, on Linux without an NVIDIA GPU and where it can be reached. */
async function torchCpuIndex(): Promise<string | undefined> {
  if (process.platform !== 'linux' || existsSync('/dev/nvidia0') || existsSync('/proc/driver/nvidia')) return undefined;
  try {
    const reply = await fetch(`${TORCH_CPU_INDEX}/torch/`, { method: 'HEAD', signal: AbortSignal.timeout(5_000) });
    return reply.ok ? TORCH_CPU_INDEX : undefined;
  } catch {
    return undefined; // Out of reach: the common build runs on a CPU as well.
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

const PROBES = { torchCpuIndex, freeBytes };

function requireDisk(options: { folder: string; freeBytes: number; neededBytes: number }): void {
  const { folder, freeBytes, neededBytes } = options;
  if (freeBytes >= neededBytes) return;
  const gb = (bytes: number) => (bytes / 1e9).toFixed(1);
  throw new Error(
    `${folder}: ${gb(freeBytes)} GB free, and the Python environment needs ${gb(neededBytes)} GB. Free some, or move the cache: WHETSTONE_HOME=/larger/disk npm start`,
  );
}

async function pip(options: {
  python: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  say: (message: string) => void;
  signal?: AbortSignal;
}): Promise<void> {
  const { python, args, env, say, signal } = options;
  const child = spawn(
    python,
    ['-m', 'pip', ...args, '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'],
    {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    },
  );
  child.once('error', () => {}); // Aborted, or not to be started: 'close' follows with no code.
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      last.push(line);
      const download = line.match(/^\s*Downloading (\S+)-[\d.]+\S* \(([\d.]+ [MG]B)\)/);
      if (download && !/^\d\./.test(download[2] ?? '')) say(`Python: downloading ${download[1]} (${download[2]})`);
      if (line.startsWith('Installing collected')) say('Python: installing ...');
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  signal?.throwIfAborted();
  if (code !== 0) {
    throw new Error(
      `pip ${args.join(' ')} failed (exit code ${code}):\n${last
        .slice(-12)
        .map((line) => `  | ${line}`)
        .join(
          '\n',
        )}\nIt needs a package index it can reach and disk space; what was made so far is made anew at the next start.`,
    );
  }
}
