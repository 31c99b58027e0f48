import { basename } from 'node:path';
import type { GenerationConfig } from '../../configs/schema.ts';
import type { ImportConfig } from '../../configs/import-schema.ts';

/** How many examples of each imported file a dataset may hold; pairs of a teacher fill up what is left. */
export interface SourceQuota {
  /** The file's name, which its pairs have as their origin. */
  file: string;
  most: number;
}

export function sourceQuotas(config: {
  imports: readonly ImportConfig[];
  generation: Pick<GenerationConfig, 'target'>;
}): SourceQuota[] {
  return config.imports.map(({ path, share }) => ({
    file: basename(path),
    most: Math.round(config.generation.target * (share ?? 1)),
  }));
}
