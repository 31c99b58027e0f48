import { lookup as lookUp, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Addresses that only a machine inside can reach: no page of the web lies there, and asking one is how a server is made to ask for others. */
const PRIVATE = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv4');
/** Of IPv6 only what is given out to the web is public, and none of it that holds an IPv4 address. */
const PUBLIC_6 = new BlockList();
PUBLIC_6.addSubnet('2000::', 3, 'ipv6');
const HOLDING_4 = new BlockList();
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  HOLDING_4.addSubnet(net, bits, 'ipv6');

export function isPrivate(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return PRIVATE.check(address, 'ipv4');
  return family !== 6 || !PUBLIC_6.check(address, 'ipv6') || HOLDING_4.check(address, 'ipv6');
}

/** The host of a URL as an address, where it is one. */
export function addressIn({ hostname }: URL): string | undefined {
  const plain = hostname.replace(/^\[|\]$/g, '');
  return isIP(plain) === 0 ? undefined : plain;
}

export class PrivateAddressError extends Error {}

/**
 * Looks a host up for one connection, which then goes to the very address that was looked at: a name that says one thing first and
 * another later reaches nothing else.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookUp(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
    if (error) return callback(error, '', 0);
    const bad = found.find(({ address }) => isPrivate(address));
    const [first] = found;
    if (bad || !first)
      return callback(new PrivateAddressError(`${hostname} is ${bad?.address ?? 'nowhere'}, a private address`), '', 0);
    if (options.all) callback(null, found);
    else callback(null, first.address, first.family);
  });
};
