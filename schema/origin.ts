import { z } from 'zod';

/** Who wrote a pair. */
export const OriginSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('teacher') }),
  /** A teacher's second, third, ... try at a pair that was rejected: `attempt` 1, 2, ... */
  z.strictObject({ kind: z.literal('correction'), attempt: z.number().int().positive() }),
  /** People, in a file of this name. */
  z.strictObject({ kind: z.literal('import'), file: z.string() }),
]);
export type Origin = z.infer<typeof OriginSchema>;

/** What ids, documents and teachers of imported pairs begin with. */
export const IMPORTED = 'import/';

interface Made {
  id: string;
  chunkId: string;
  documentId: string;
  correctionOf?: string | undefined;
  origin?: Origin | undefined;
}

/** Where a pair comes from; of rows from before pairs said it, by how their ids are spelled. */
export function originOf({ id, chunkId, documentId, correctionOf, origin }: Made): Origin {
  if (origin) return origin;
  // The chunk of a document below a folder `import` has an index.
  if (chunkId === documentId && documentId.startsWith(IMPORTED))
    return { kind: 'import', file: documentId.slice(IMPORTED.length) };
  if (correctionOf === undefined) return { kind: 'teacher' };
  return { kind: 'correction', attempt: Number(/~(\d+)$/.exec(id)?.[1] ?? 1) };
}

/** The file that people wrote a pair in. */
export function importedFrom(pair: Made): string | undefined {
  const origin = originOf(pair);
  return origin.kind === 'import' ? origin.file : undefined;
}
