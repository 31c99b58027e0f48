import { readFileSync } from 'node:fs';
import type { RunConfig } from '../../configs/schema.ts';
import type { DocumentsResult } from '../../contract/dataset-stages.ts';
import { teacherTerms } from '../../documents/passages.ts';
import { GENERATION_PROMPT_VERSION } from '../../generation/request.ts';
import type { DatasetInput } from './decide.ts';

const { version: WHETSTONE_VERSION } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

/** What a dataset's card and manifest say of where it comes from, and by what it was made. */
export function provenanceOf(
  config: RunConfig,
  documents: DocumentsResult,
): Pick<DatasetInput, 'name' | 'systemPrompt' | 'source' | 'madeBy'> {
  const {
    documents: _paths,
    candidates: _training,
    gate: _gate,
    promote: _promote,
    evaluation: _evaluation,
    limits: _limits,
    ...recipe
  } = config;
  return {
    name: config.name,
    systemPrompt: config.serving.systemPrompt,
    source: {
      documents: documents.documents,
      documentsSha256: documents.documentsSha256,
      chunks: documents.chunks.rows,
      personalData: documents.personalData,
      instructions: documents.instructions,
      personalDataRule: config.filters.personalData,
      licences: {
        documents: documents.licences,
        undeclared: documents.unlicensed ?? 0,
        teacher: teacherTerms(config.teacher),
      },
    },
    // Only what makes the dataset: another gate or candidate, or the documents in another folder, make no other one.
    madeBy: { whetstone: WHETSTONE_VERSION, generation: GENERATION_PROMPT_VERSION, recipe },
  };
}
