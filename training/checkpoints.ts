import type { ArtifactStore, StoredArtifact } from '../artifacts/store.ts';
import { ArtifactError } from '../common/errors.ts';
import type { CheckpointStore } from '../contract/jobs.ts';

/** Two: the one before is there while somebody deletes or doubts the newest. */
const KEPT = 2;

/** Below its job's key, so that a clean-up tells whose it is: see operations/artifacts/clean-up.ts. */
const jobKind = (key: string) => `checkpoints/${key}`;

/**
 * Checkpoints as artifacts: `checkpoints/<key>/step-<n>/<hash>`. The store lists a folder once it is whole, so that half of one is never
 * taken for a checkpoint.
 * @param options.say what a person should know and nobody has to wait for
 */
export function createCheckpointStore(options: {
  artifacts: ArtifactStore;
  say: (message: string) => void;
}): CheckpointStore {
  const { artifacts, say } = options;
  const sending = new Map<string, Promise<unknown>>();

  /** Of a job, the newest first. */
  async function wholeOnes(key: string): Promise<(StoredArtifact & { step: number })[]> {
    const found = [];
    for await (const artifact of artifacts.list(jobKind(key))) {
      const step = Number(/\/step-(\d+)$/.exec(artifact.kind)?.[1]);
      if (artifact.state === 'whole' && Number.isInteger(step)) found.push({ ...artifact, step });
    }
    return found.sort((a, b) => b.step - a.step || Date.parse(b.writtenAt) - Date.parse(a.writtenAt));
  }

  async function send({ key, step, folder }: Parameters<CheckpointStore['put']>[0]): Promise<void> {
    await artifacts.addFolder({ kind: `${jobKind(key)}/step-${step}`, path: folder, localCopy: false });
    for (const { uri } of (await wholeOnes(key)).slice(KEPT)) await artifacts.delete(uri);
  }

  return {
    async put(checkpoint) {
      const { key } = checkpoint;
      const sent = send(checkpoint);
      sending.set(key, sent);
      await sent.finally(() => {
        if (sending.get(key) === sent) sending.delete(key);
      });
    },

    async newest({ key, above }) {
      for (const { step, uri } of await wholeOnes(key)) {
        if (step <= above) return undefined;
        try {
          return { step, folder: await artifacts.localFolder(uri) };
        } catch (error) {
          // Another machine may have deleted it for a newer one; an older one will do.
          if (!(error instanceof ArtifactError)) throw error;
          say(`checkpoint of step ${step} of job ${key} can't be used, an older one is looked for: ${error.message}`);
        }
      }
      return undefined;
    },

    async drop(key) {
      await sending.get(key)?.catch(() => {});
      const uris: string[] = [];
      for await (const { uri } of artifacts.list(jobKind(key))) uris.push(uri);
      for (const uri of uris) await artifacts.delete(uri);
    },
  };
}
