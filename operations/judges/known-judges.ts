import { loadKeyPolicy } from '../../configs/load.ts';
import type { Paths } from '../../configs/paths.ts';
import type { RemoteModelSpec } from '../../configs/schema.ts';
import { createJudge, createJudges, createMetric, metricNames, ruleNames } from '../../judges/index.ts';
import type { Judge } from '../../judges/types.ts';
import { createChatModel, modelIdentity } from '../../providers/index.ts';
import { openLedger, type Ledger } from '../../providers/ledger/ledger.ts';
import type { Calibration } from '../../registry/schema.ts';
import { orderAgreements, type OrderAgreement } from '../../registry/grades/tally.ts';
import type { Registry } from '../../registry/store.ts';
import { loadConfig, type ConfigSource } from '../load-config.ts';

export type KnownJudges = ReadonlyMap<string, Judge>;

/**
 * Works with the rule judges and metrics by name, and the judges of a config by theirs, whose model calls go through the ledger.
 * @param options.asked the one judge that will be asked: the keys of the others are not needed
 */
export async function withJudges<T>(
  options: { config?: ConfigSource | undefined; asked?: string; paths: Paths; env: NodeJS.ProcessEnv },
  work: (judges: KnownJudges) => Promise<T>,
): Promise<T> {
  const { config, asked, paths, env } = options;
  const judges = new Map<string, Judge>();
  for (const name of ruleNames()) judges.set(name, createJudge(name, { chatModel: modelIdentity }));
  for (const name of metricNames()) judges.set(name, createMetric(name));
  let ledger: Ledger | undefined;
  try {
    if (config !== undefined) {
      const loaded = await loadConfig({ config, paths });
      const keys = { env, servers: await loadKeyPolicy(paths.projectRoot) };
      const opened = (ledger = await openLedger(paths.ledger, { journals: paths.journals }));
      const real = {
        chatModel: (spec: RemoteModelSpec) => opened.wrap(createChatModel(spec, keys), { runId: 'calibration' }),
      };
      const specs = loaded.config.judges;
      for (const [i, judge] of createJudges(specs, { chatModel: modelIdentity }).entries())
        judges.set(judge.name, judge.name === asked ? createJudge(specs[i]!, real, `judges[${i}]`) : judge);
    }
    return await work(judges);
  } finally {
    await ledger?.close();
  }
}

/** One judge, and how far its present version agrees with people. */
export interface ListedJudge {
  name: string;
  version: string;
  callsModel: boolean;
  calibration: Calibration | undefined;
  /** A version of it that was calibrated, where the present one was not. */
  calibratedVersion: string | undefined;
  /** How often this version puts the same of two answers first as people who graded blind: no calibration, which takes passes and fails. */
  graders: OrderAgreement | undefined;
}

/** Each judge with the newest calibration of its version. */
export async function listJudges(judges: KnownJudges, registry: Registry): Promise<ListedJudge[]> {
  const calibrations = await registry.calibrations();
  const orders = orderAgreements(await registry.allGradings());
  return [...judges].map(([name, judge]) => {
    const known = calibrations.filter((one) => one.judge === judge.name);
    const calibration = known.find(({ version }) => version === judge.version);
    return {
      name,
      version: judge.version,
      callsModel: 'calls' in judge && judge.calls !== undefined,
      calibration,
      graders: orders.find((one) => one.judge === judge.name && one.version === judge.version),
      calibratedVersion: calibration ? undefined : known[0]?.version,
    };
  });
}
