import { ConfigError } from '../common/config-errors.ts';
import { readPrompt } from '../configs/prompts/prompt-files.ts';
import { isBatched, remoteModels } from '../configs/check-names.ts';
import { loadRunConfig } from '../configs/load.ts';
import type { RunConfig } from '../configs/schema.ts';
import type { Keys } from '../providers/chat/api-key.ts';
import { createChatModel } from '../providers/index.ts';
import type { GenerationDependencies } from './dependencies.ts';
import { knownNames } from '../evaluation/known-names.ts';
import { checkSuiteFiles } from '../evaluation/suites/file.ts';
import { checkPrompts, hostileExamples } from '../evaluation/suites/shown.ts';
import type { Activities } from '../contract/activities.ts';

export function configActivities({
  projectRoot,
  allowedRoots,
  stages,
  keys,
}: GenerationDependencies): Pick<Activities, 'resolveConfig' | 'readPrompt'> {
  return {
    async readPrompt({ file, template }) {
      const prompt = await readPrompt({ file, field: 'prompt', projectRoot, template });
      const [hostile] = hostileExamples(prompt);
      if (hostile !== undefined) throw new ConfigError([`prompt: ${file}: ${hostile}`]);
      return prompt;
    },

    async resolveConfig({ config: source }) {
      const {
        config,
        hash,
        source: from,
        at,
      } = await loadRunConfig({ config: source, projectRoot, known: knownNames(await stages()) });
      requireKeys(config, keys);
      // Before anything is paid for or trained.
      const { suites, sliceBy } = config.evaluation;
      const read = await checkSuiteFiles({ projectRoot, allowedRoots, suites, sliceBy, at });
      await checkPrompts({ config, suites: read, at });
      const remote = remoteModels(config).length;
      return { config, configHash: hash, source: from, batched: isBatched(config), remoteModels: remote };
    },
  };
}

/** A key that is missing fails the run before any work is done for it. @throws ProviderError naming field and variable */
function requireKeys(config: RunConfig, keys: Keys): void {
  for (const { model } of remoteModels(config)) createChatModel(model, keys);
}
