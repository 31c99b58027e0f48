import { z } from 'zod';
import { LabelsSchema } from './retrieval.ts';

/** What a reading of the documents found, and where: so that what is gone is told from what could not be read. */

const where = {
  /** Of its file, page or query: the same from run to run, on whichever machine and at whichever revision it is read. */
  location: z.string(),
  /** Of `documents:`, the entry that it was found by: `file:FOLDER`, or what lies elsewhere without its revision. */
  source: z.string(),
};

export const PresentDocumentSchema = z.strictObject({
  id: z.string(),
  ...where,
  /** Of a file that has many documents, which one. */
  record: z.string().optional(),
  /** Of the file's bytes. */
  sha256: z.string(),
  ...LabelsSchema.pick({ groups: true, validUntil: true }).shape,
});

export const PresenceRowSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('document'), ...PresentDocumentSchema.shape }),
  /** `whole`: all of it was read, so that a document that is not among those of it is none of it any more. */
  z.strictObject({ kind: z.literal('file'), ...where, whole: z.boolean() }),
  /** A source elsewhere, all that it has was listed. */
  z.strictObject({ kind: z.literal('listed'), source: z.string() }),
]);

export type PresentDocument = z.infer<typeof PresentDocumentSchema>;
export type PresenceRow = z.infer<typeof PresenceRowSchema>;
