import { RequestError } from '../common/errors.ts';

/**
 * The gateway as people's browsers reach it, which may be another address than programs use: WHETSTONE_GATEWAY_URL, else WHETSTONE_GATEWAY,
 * else that of the system that runs here.
 * @throws RequestError for what is no address
 */
export function linkBase(env: NodeJS.ProcessEnv, running?: string): string | undefined {
  const url = env.WHETSTONE_GATEWAY_URL;
  if (!url) return env.WHETSTONE_GATEWAY ?? running;
  if (URL.canParse(url) && /^https?:\/\//.test(url)) return url;
  throw new RequestError(
    `WHETSTONE_GATEWAY_URL: found '${url}'; expected the gateway's address as browsers reach it, such as https://whetstone.example.com`,
  );
}

/** Where a page is found, by its id: an address where a gateway is known, else the command that finds it. */
export const pageLink = (id: string, gateway: string | undefined): string =>
  gateway === undefined || gateway === ''
    ? `npx whetstone report ${id}`
    : `${gateway.replace(/\/+$/, '')}/evidence/${id.split('/').map(encodeURIComponent).join('/')}`;
