import { openArtifacts } from '../artifacts/open.ts';
import { resolvePaths } from '../configs/paths.ts';
import { readAnswerTimeout, readGatewayAddress, readModelServerKind, startGateway } from './start-gateway.ts';

/**
 * The gateway's process. Environment: WHETSTONE_GATEWAY_HOST (127.0.0.1), WHETSTONE_GATEWAY_PORT (8080),
 * WHETSTONE_GATEWAY_TIMEOUT_MS (120000), WHETSTONE_MODEL_SERVER (http://127.0.0.1:8090), WHETSTONE_MODEL_SERVER_KIND (text),
 * WHETSTONE_STATE (.whetstone), WHETSTONE_ARTIFACTS (artifacts/ below it), DATABASE_URL (SQLite files of the state folder).
 */

/** Less than the 10 s that a supervisor usually gives before it kills. */
const DRAIN_GRACE_MS = 8_000;

try {
  const paths = resolvePaths(process.env);
  const gateway = await startGateway({
    address: readGatewayAddress(process.env),
    registryUrl: paths.registry,
    artifacts: await openArtifacts({ location: paths.artifacts, cacheDir: paths.artifactCache, env: process.env }),
    modelServer: process.env.WHETSTONE_MODEL_SERVER ?? 'http://127.0.0.1:8090',
    modelServerKind: readModelServerKind(process.env),
    timeoutMs: readAnswerTimeout(process.env),
  });
  console.log(`gateway: ${gateway.url}/v1`);
  const stop = () => void gateway.close({ graceMs: DRAIN_GRACE_MS }).then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  console.error(`gateway: ${(error as Error).message}`);
  process.exitCode = 1;
}
