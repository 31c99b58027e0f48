import type { RunConfig, TeacherSpec } from '../configs/schema.ts';
import { chunkDocument } from '../datasets/chunk.ts';
import { licenceProblems } from '../datasets/licences.ts';
import { readDocuments } from '../datasets/read.ts';
import type { Chunk, Document, InstructionFlag } from '../datasets/schema.ts';
import { screenChunks, screenDocuments } from '../datasets/screen.ts';
import { fatal } from './failure.ts';

export interface Passages {
  documents: Document[];
  /** What may go to a teacher. */
  chunks: Chunk[];
  flags: InstructionFlag[];
  personalData: Record<string, number>;
  /** Passages left out because they try to instruct a model. */
  skipped: number;
}

/**
 * Reads a config's documents and cuts them into passages, licences checked and personal data dealt with: what a run does first,
 * and what its forecast does too.
 * @throws DocumentError, or ApplicationFailure for a licence that the config does not allow
 */
export async function readPassages(options: {
  config: RunConfig;
  projectRoot: string;
  allowedRoots: string[];
  onDocument?: (done: number, total: number, id: string) => void;
}): Promise<Passages> {
  const { config, onDocument, ...where } = options;
  const read = await readDocuments({ ...where, sources: config.documents });
  checkLicences(config, read);
  const { documents, personalData } = screenDocuments(read, config.filters);
  const all = documents.flatMap((document, i) => {
    onDocument?.(i + 1, documents.length, document.id);
    return chunkDocument(document, config.chunking);
  });
  const { chunks, flags } = screenChunks(all, config.filters);
  return { documents, chunks, flags, personalData, skipped: all.length - chunks.length };
}

/** @throws ApplicationFailure that lists what the config does not allow */
function checkLicences(
  { candidates, licences, teacher }: RunConfig,
  documents: readonly Pick<Document, 'uri' | 'licence'>[],
): void {
  const problems = licenceProblems({ documents, candidates, licences, teacher: teacherTerms(teacher) });
  if (problems.length > 0) throw fatal('licence', problems.join('\n'));
}

/** Rules write what the documents say: no terms but the documents' licences. */
export const teacherTerms = (teacher: TeacherSpec): { name: string; trainingTerms: string } =>
  teacher.provider === 'builtin'
    ? { name: 'builtin', trainingTerms: 'allowed' }
    : { name: `${teacher.provider}/${teacher.model}`, trainingTerms: teacher.trainingTerms };
