import { expect, it } from 'vitest';
import { namedFolders, nameFoldersIn } from './named-folders.ts';

const folders = [
  ['/home/ada', '~'],
  ['/home/ada/whetstone', ''],
  ['/home/ada/whetstone/.whetstone', '$WHETSTONE_STATE'],
  ['/', 'root'],
] as const;

it.each([
  ["open '/home/ada/whetstone/configs/x.yaml'", "open 'configs/x.yaml'"],
  ['/home/ada/whetstone/.whetstone/artifacts/a is damaged', '$WHETSTONE_STATE/artifacts/a is damaged'],
  ['/home/ada/models/base and /home/ada/whetstone', '~/models/base and .'],
  ['/home/ada/whetstone-old/x', '~/whetstone-old/x'],
  ['/home/adam/x, /srv/documents', '/home/adam/x, /srv/documents'],
  ['outside the roots (/home/ada/whetstone, /srv)', 'outside the roots (., /srv)'],
])('%s becomes %s', (text, expected) => {
  expect(namedFolders(text, folders)).toBe(expected);
});

it('names folders in what an error came from, too', () => {
  const error = new Error('at /home/ada/x', { cause: new Error('in /home/ada/whetstone/y') });
  nameFoldersIn(error, folders);
  expect([error.message, (error.cause as Error).message]).toEqual(['at ~/x', 'in y']);
});
