import { openArtifacts } from '../artifacts/open.ts';
import { loadHosted, loadKeyPolicy } from '../configs/load.ts';
import { resolvePaths } from '../configs/paths.ts';
import type { Keys } from '../providers/chat/api-key.ts';
import { hostedServer } from '../providers/hosted.ts';
import { readAnswerLog } from './answer-log.ts';
import { openRetrievalHere } from '../retrieval/open-here.ts';
import type { HostedServers } from './router.ts';
import { readAnswerTimeout, readGatewayAddress, readModelServerKind, startGateway } from './start-gateway.ts';

/**
 * The gateway's process. Environment: WHETSTONE_GATEWAY_HOST (127.0.0.1), WHETSTONE_GATEWAY_PORT (8080),
 * WHETSTONE_GATEWAY_TIMEOUT_MS (120000), WHETSTONE_MODEL_SERVER (http://127.0.0.1:8090), WHETSTONE_MODEL_SERVER_KIND (text),
 * WHETSTONE_ANSWER_LOG (answers.jsonl of the state folder), WHETSTONE_ANSWER_LOG_TEXTS (off), WHETSTONE_STATE (.whetstone), WHETSTONE_ARTIFACTS (artifacts/ below it), DATABASE_URL (SQLite files of the state folder).
 */

/** Less than the 10 s that a supervisor usually gives before it kills. */
const DRAIN_GRACE_MS = 8_000;

/** Of configs/hosted.yaml, with the keys of this process's environment. */
async function readHosted(projectRoot: string, keys: Keys): Promise<HostedServers> {
  const providers = await loadHosted(projectRoot);
  return (name) => {
    const declared = Object.hasOwn(providers, name) ? providers[name] : undefined;
    return declared && hostedServer(name, declared, keys);
  };
}

try {
  const paths = resolvePaths(process.env);
  const keys = { env: process.env, servers: await loadKeyPolicy(paths.projectRoot) };
  const opened = openRetrievalHere({ env: process.env, paths, keys, say: console.log });
  const { file, texts } = readAnswerLog(process.env, { file: paths.answers });
  const gateway = await startGateway({
    address: readGatewayAddress(process.env),
    registryUrl: paths.registry,
    artifacts: await openArtifacts({ location: paths.artifacts, cacheDir: paths.artifactCache, env: process.env }),
    modelServer: process.env.WHETSTONE_MODEL_SERVER ?? 'http://127.0.0.1:8090',
    modelServerKind: readModelServerKind(process.env),
    timeoutMs: readAnswerTimeout(process.env),
    hosted: await readHosted(paths.projectRoot, keys),
    retriever: opened.retriever,
    ...(file !== undefined && { answerLog: { file, texts } }),
  });
  console.log(`gateway: ${gateway.url}/v1`);
  const stop = () =>
    void gateway
      .close({ graceMs: DRAIN_GRACE_MS })
      .then(() => opened.close())
      .then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  console.error(`gateway: ${(error as Error).message}`);
  process.exitCode = 1;
}
