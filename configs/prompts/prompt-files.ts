import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { ConfigError, fieldName, type Locate } from '../../common/config-errors.ts';
import { sha256Of } from '../../common/hash.ts';
import { projectFile } from '../project-file.ts';
import type { RunConfig } from '../schema.ts';
import { OPEN_BOOK_PROMPT } from '../retrieval-schema.ts';
import { readDspyProgram } from './dspy-program.ts';
import { PROMPT_RULE, type Prompt } from './prompt-schema.ts';

/** Prompts that a config names by file become part of it. */

/** The config with every prompt read in. @throws ConfigError naming the field, the file, and what in it can't be served */
export async function readPromptFiles(options: {
  config: RunConfig;
  projectRoot: string;
  at: Locate;
}): Promise<RunConfig> {
  const { config, projectRoot, at } = options;
  const template = config.retrieval?.prompt;
  const candidates = await Promise.all(
    config.candidates.map(async (candidate, i) => {
      if (candidate.provider !== 'prompt' || typeof candidate.prompt !== 'string') return candidate;
      const field = at(['candidates', i, 'prompt']);
      return { ...candidate, prompt: await readPrompt({ file: candidate.prompt, field, projectRoot, template }) };
    }),
  );
  return { ...config, candidates };
}

/** @param options.field where it is named @param options.template of the questions, as `retrieval.prompt` has it */
export async function readPrompt(options: {
  file: string;
  field: string;
  projectRoot: string;
  template?: string | undefined;
}): Promise<Prompt> {
  const { file, field, projectRoot, template = OPEN_BOOK_PROMPT } = options;
  const found = await projectFile({ file, field, projectRoot, expected: PROMPT_RULE });
  const ending = extname(found).toLowerCase();
  if (ending === '.pkl' || (await stat(found)).isDirectory())
    throw new ConfigError([
      `${field}: ${file}: found a pickle, which runs what it holds when it is read; save the program as JSON: program.save("NAME.json")`,
    ]);
  if (!['.json', '.md', '.txt'].includes(ending))
    throw new ConfigError([`${field}: found ${file}; expected ${PROMPT_RULE}`]);
  const bytes = await readFile(found);
  const about = { file, sha256: sha256Of(bytes) };
  const said = bytes.toString('utf8');
  if (ending !== '.json') return { ...about, ...byHand(said, { file, field }) };
  return { ...about, ...readDspyProgram({ value: json(said, { file, field }), template, at: inFile(file, field) }) };
}

/** As `candidates[1].prompt: optimised.json: respond.demos[0].answer`. */
const inFile =
  (file: string, field: string): Locate =>
  (path, key) => {
    const whole = key === undefined ? path : [...path, key];
    return `${field}: ${file}${whole.length === 0 ? '' : `: ${fieldName(whole)}`}`;
  };

function byHand(said: string, { file, field }: { file: string; field: string }): Omit<Prompt, 'file' | 'sha256'> {
  const systemPrompt = said.trim();
  const wrong =
    systemPrompt === ''
      ? 'found nothing; expected instructions'
      : /\{\{(?:passages|question)\}\}/.test(systemPrompt)
        ? 'found {{passages}} or {{question}}; instructions stand before them: what is put around them is `retrieval.prompt`'
        : systemPrompt.includes('\0') || !systemPrompt.isWellFormed()
          ? 'found half a character or U+0000; write it as text'
          : undefined;
  if (wrong !== undefined) throw new ConfigError([`${field}: ${file}: ${wrong}`]);
  return { madeBy: 'hand', systemPrompt, examples: [], notes: [] };
}

function json(said: string, { file, field }: { file: string; field: string }): unknown {
  try {
    return JSON.parse(said);
  } catch (cause) {
    throw new ConfigError([`${field}: ${file}: found no JSON (${(cause as Error).message}); expected ${PROMPT_RULE}`]);
  }
}
