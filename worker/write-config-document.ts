import { writeFile } from 'node:fs/promises';
import { CONFIG_DOCUMENT, configDocument } from '../configs/document.ts';
import { knownNames } from '../evaluation/known-names.ts';

/** Writes docs/config.md: `npm run docs:config`. */
const { judges, metrics } = knownNames({ aliases: {} });
await writeFile(CONFIG_DOCUMENT, await configDocument({ judges, metrics }));
