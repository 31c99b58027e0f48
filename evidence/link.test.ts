import { expect, it } from 'vitest';
import { linkBase, pageLink } from './link.ts';

it('begins with the address that browsers use, where programs use another', () => {
  const env = { WHETSTONE_GATEWAY_URL: 'https://whetstone.example.com/', WHETSTONE_GATEWAY: 'http://gateway:8080' };
  expect(pageLink('promote/a b/1', linkBase(env, 'http://127.0.0.1:1'))).toBe(
    'https://whetstone.example.com/evidence/promote/a%20b/1',
  );
  expect(linkBase({ WHETSTONE_GATEWAY: 'http://gateway:8080' }, 'http://127.0.0.1:1')).toBe('http://gateway:8080');
  expect(linkBase({ WHETSTONE_GATEWAY_URL: '' }, 'http://127.0.0.1:1')).toBe('http://127.0.0.1:1');
  expect(pageLink('e1', linkBase({}))).toBe('npx whetstone report e1');
});

it.each(['gateway', 'gateway:8080', 'ftp://gateway'])('is refused by name where it is no address: %s', (url) => {
  expect(() => linkBase({ WHETSTONE_GATEWAY_URL: url })).toThrow(`WHETSTONE_GATEWAY_URL: found '${url}'; expected the`);
});
