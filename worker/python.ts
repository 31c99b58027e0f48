import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { withFolderLock } from '../providers/folder-lock.ts';

/** PyTorch's own index of CPU builds: a tenth of the size of the common build for Linux, which carries CUDA. */
const TORCH_CPU_INDEX = 'https://download.pytorch.org/whl/cpu';
const NEEDED_BYTES = { cpu: 3e9, common: 9e9 };

const run = promisify(execFile);

interface PythonOptions {
  projectRoot: string;
  home: string;
  env: NodeJS.ProcessEnv;
  say: (message: string) => void;
}

/**
 * The Python of the pinned environment: made once in the cache, found by every later start and every other clone.
 * WHETSTONE_PYTHON names one made by other means.
 * @returns path of its executable
 * @throws Error with the fix when Python, venv, disk or the package index is missing
 */
export async function ensurePython(options: PythonOptions): Promise<string> {
  const { env, home, say } = options;
  if (env.WHETSTONE_PYTHON) return env.WHETSTONE_PYTHON;
  const pins = join(options.projectRoot, 'providers', 'python');
  const requirements = join(pins, 'requirements.txt');
  const constraints = join(pins, 'constraints.txt');
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .update(await readFile(constraints));
  const folder = join(home, `python-${hash.digest('hex').slice(0, 12)}`);
  const python = join(folder, 'bin', 'python');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return python;

  const system = await findPython(env);
  await mkdir(home, { recursive: true });
  const waiting = setTimeout(() => say('Python: another start is making the environment; waiting for it ...'), 2_000);
  const make = async () => {
    clearTimeout(waiting);
    if (existsSync(complete)) return; // Another clone made it while this one waited.
    const cpuIndex = await torchCpuIndex();
    const kind = cpuIndex ? 'cpu' : 'common';
    await requireDisk(home, NEEDED_BYTES[kind]);
    say(
      `Python: making the environment (once, a few minutes; ${cpuIndex ? "PyTorch's CPU build, 1 GB" : 'common PyTorch, 5 GB'}) in ${folder}`,
    );
    await rm(folder, { recursive: true, force: true });
    await run(system, ['-m', 'venv', folder]).catch((cause: Error) => {
      throw new Error(
        `${system} -m venv failed: ${cause.message}\nInstall its venv module (Debian: apt install python3-venv), or name another Python: WHETSTONE_PYTHON=...`,
        { cause },
      );
    });
    if (cpuIndex) {
      const torch = (await readFile(requirements, 'utf8')).match(/^torch==.*$/m)?.[0] ?? 'torch';
      await pip(python, ['install', torch, '--index-url', cpuIndex], say);
    }
    await pip(python, ['install', '-r', requirements, '-c', constraints], say);
    await writeFile(complete, `${new Date().toISOString()}\n`);
  };
  await withFolderLock(`${folder}.lock`, make, 60 * 60_000).finally(() => clearTimeout(waiting));
  return python;
}

async function findPython(env: NodeJS.ProcessEnv): Promise<string> {
  const tried: string[] = [];
  for (const name of ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    try {
      const { stdout } = await run(name, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { env });
      const [major = 0, minor = 0] = stdout.trim().split('.').map(Number);
      if (major > 3 || (major === 3 && minor >= 10)) return name;
      tried.push(`${name} is ${stdout.trim()}`);
    } catch {
      tried.push(`no ${name}`);
    }
  }
  throw new Error(
    `Python 3.10 or newer is needed to train and serve models (${tried.join(', ')}).\nInstall it (Debian: apt install python3 python3-venv; macOS: brew install python), or name one: WHETSTONE_PYTHON=/path/to/python`,
  );
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

async function requireDisk(folder: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  const gb = (bytes: number) => (bytes / 1e9).toFixed(1);
  throw new Error(
    `${folder}: ${gb(freeBytes)} GB free, and the Python environment needs ${gb(neededBytes)} GB. Free some, or move the cache: WHETSTONE_HOME=/larger/disk npm start`,
  );
}

async function pip(python: string, args: string[], say: (message: string) => void): Promise<void> {
  const child = spawn(
    python,
    ['-m', 'pip', ...args, '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
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
