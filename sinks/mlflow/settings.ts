import { RequestError } from '../../common/errors.ts';

/** Where MLflow is and how to be let in, by the variables that MLflow's own client reads. */
export interface MlflowSettings {
  /** Without a slash at its end, and without a password. */
  url: string;
  /** The value of the header. */
  authorization: string | undefined;
}

/**
 * @returns undefined where no MLflow is named
 * @throws RequestError for an address that is no server's, or a setting that is not honoured here
 */
export function mlflowSettings(env: NodeJS.ProcessEnv): MlflowSettings | undefined {
  const address = env.MLFLOW_TRACKING_URI?.trim();
  if (!address) return undefined;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    // It may hold a password.
    const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(address)?.[0] ?? 'no address';
    throw new RequestError(
      `MLFLOW_TRACKING_URI: found ${scheme === 'no address' ? scheme : `${scheme}…`}, expected the address of an MLflow server, such as http://127.0.0.1:5000. ` +
        'Start one with `mlflow server`, or unset the variable: nothing is mirrored then',
    );
  }
  for (const name of [
    'MLFLOW_TRACKING_INSECURE_TLS',
    'MLFLOW_TRACKING_SERVER_CERT_PATH',
    'MLFLOW_TRACKING_CLIENT_CERT_PATH',
  ] as const)
    if (env[name] !== undefined && !['', 'false', '0'].includes(env[name].toLowerCase()))
      throw new RequestError(
        `${name}: is set, and is not honoured here; name the server's certificate by NODE_EXTRA_CA_CERTS, and unset it for Whetstone`,
      );
  const { MLFLOW_TRACKING_USERNAME: username, MLFLOW_TRACKING_PASSWORD: password, MLFLOW_TRACKING_TOKEN: token } = env;
  const own = { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return { url: url.href.replace(/\/+$/, ''), authorization: authorization({ own, username, password, token }) };
}

/** As MLflow's client chooses: a user with a password before a token. */
function authorization(options: {
  own: { username: string; password: string };
  username: string | undefined;
  password: string | undefined;
  token: string | undefined;
}): string | undefined {
  const { own, username, password, token } = options;
  const basic = (user: string, secret: string) =>
    `Basic ${Buffer.from(`${user}:${secret}`, 'utf8').toString('base64')}`;
  if (username && password) return basic(username, password);
  if (token) return `Bearer ${token}`;
  return own.username ? basic(own.username, own.password) : undefined;
}
