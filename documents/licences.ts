import { fileURLToPath } from 'node:url';
import type { LicencesConfig } from '../configs/filter-schema.ts';
import type { Document } from '../schema/data.ts';

/** What licences and terms a run rests on, and whether they are those that its config allows. */

/** Licences are compared without regard to case, spaces and dashes: `CC BY 4.0` is `cc-by-4.0`. */
const plain = (licence: string) => licence.toLowerCase().replace(/[\s_-]+/g, '-');

/** Every document, base or teacher that the config does not allow, each with the field and the fix. */
export function licenceProblems(input: {
  documents: readonly Pick<Document, 'uri' | 'licence'>[];
  candidates: readonly { name: string; base: string; licence?: string | undefined }[];
  teacher: { name: string; trainingTerms: string };
  licences: LicencesConfig;
}): string[] {
  const { documents, candidates, teacher, licences } = input;
  const problems: string[] = [];
  const allowed = (list: readonly string[], licence: string | undefined) =>
    list.length === 0 || (licence !== undefined && list.some((one) => plain(one) === plain(licence)));
  for (const { uri, licence } of documents)
    if (!allowed(licences.documents, licence))
      problems.push(
        `document ${uri.startsWith('file://') ? fileURLToPath(uri) : uri}: found ${licence === undefined ? 'no licence in its front matter' : `licence '${licence}'`}, expected one of licences.documents (${licences.documents.join(', ')}); correct its front matter, remove the document, or allow the licence`,
      );
  for (const { name, base, licence } of candidates)
    // An embedded base is made from the documents, under their licences.
    if (base !== 'tiny-llama' && !allowed(licences.bases, licence))
      problems.push(
        `candidate ${name}: base ${base}: found ${licence === undefined ? 'no licence' : `licence '${licence}'`}, expected one of licences.bases (${licences.bases.join(', ')}); state the base's licence as candidates[].licence, or choose another base`,
      );
  if (teacher.trainingTerms === 'forbidden')
    problems.push(
      `teacher ${teacher.name}: its terms forbid training on what it writes (teacher.trainingTerms: forbidden); choose another teacher`,
    );
  return problems;
}
