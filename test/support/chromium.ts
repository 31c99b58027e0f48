import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Where systems put it. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * A Chromium without a window: the one at CHROMIUM, else where systems put it, else the one that a package of npm carries for Linux on x64. A test that needs
 * one is never skipped.
 * @throws Error that says what to do, where there is none
 */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: await findChromium(),
    args: ['--no-sandbox', '--disable-background-networking'],
  });
}

async function findChromium(): Promise<string> {
  const named = process.env.CHROMIUM;
  if (named !== undefined && named !== 'npm') {
    if (existsSync(named)) return named;
    throw new Error(
      `CHROMIUM: found '${named}', where there is no file; expected a Chromium, or npm for the one of the package`,
    );
  }
  const installed = named === 'npm' ? undefined : PLACES.find(existsSync);
  if (installed) return installed;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`no Chromium at ${PLACES.join(', ')}; install one, or name it: CHROMIUM=/path/to/chromium`);
  // On a bare system the libraries that it needs are missing as well: it brings those of Amazon's Linux, where it is told that this is one.
  if (!existsSync('/usr/lib/x86_64-linux-gnu/libnss3.so') && !existsSync('/usr/lib64/libnss3.so'))
    process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs22.x';
  const { default: carried } = await import('@sparticuz/chromium');
  return carried.executablePath();
}
