import { withFolderLock } from '../../common/folder-lock.ts';
import { JobWaits } from '../../contract/jobs.ts';
import { runningJobs } from './job-folders.ts';

/** A job's key is the id of its run, and a name in it, which is what a person knows. */
const RUN = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-/;

/** What training takes all of, whoever asks for it: one job at a time runs on it. */
export interface Machine {
  /**
   * Launches a job while nobody else does. `take` is called where a process must be started.
   * @throws JobWaits from `take`, while another job runs
   */
  inTurn(job: { folder: string; subject: string }, launch: (take: () => Promise<void>) => Promise<void>): Promise<void>;
}

/** @param options.folders where jobs have their folders @param options.lock a folder whose lock makes launches take turns */
export function createMachine(options: { lock: string; folders: readonly string[] }): Machine {
  const { lock, folders } = options;
  return {
    inTurn: ({ folder, subject }, launch) =>
      withFolderLock(lock, () =>
        launch(async () => {
          const running = (await Promise.all(folders.map(runningJobs))).flat();
          const other = running.find(({ location }) => location !== folder);
          if (other)
            throw new JobWaits(
              `${subject} waits for its turn: this machine trains ${other.key.replace(RUN, '')} (job ${other.key})`,
            );
        }),
      ),
  };
}
