import { z } from 'zod';
import { DataRefSchema, DocumentSchema } from './data.ts';
import { EmbeddingRefSchema, IndexedPassageSchema, PlacesSchema } from './retrieval.ts';

/** What documents become, step by step: bytes as they came, clean text, passages. A Parquet table each, and a manifest of the three. */

const offset = z.number().int().min(0);
/** Who may read it; empty where everybody may: a table's list is always there. */
const groups = z.array(z.string());

/** Bronze: a document's bytes as they came, kept by their hash. */
export const BronzeRowSchema = z.strictObject({
  id: z.string(),
  /** Where it was read. */
  source: z.string(),
  /** Where its bytes are kept. */
  uri: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  format: z.string(),
  /** What read it: another version reads it again. */
  reader: z.string(),
});

/** A heading, paragraph, list item, table, code or rule. */
export const BlockRowSchema = z.strictObject({
  kind: z.string(),
  /** Offsets into the text, in UTF-16 code units. */
  start: offset,
  end: offset,
  /** Of a heading. */
  level: z.number().int().optional(),
  place: z.string().optional(),
});

/** Silver: what a document says, personal data dealt with, and the parts of it. */
export const SilverRowSchema = z.strictObject({
  ...DocumentSchema.pick({
    id: true,
    sha256: true,
    title: true,
    licence: true,
    language: true,
    detectedLanguage: true,
    validUntil: true,
    format: true,
    text: true,
  }).shape,
  groups,
  /** Where its pages begin; empty where it has none. */
  places: z.array(z.strictObject({ label: z.string(), start: offset })),
  /** Its own fields, as JSON. */
  metadata: z.string(),
  blocks: z.array(BlockRowSchema),
});

/** Gold: what is retrieved, with what it takes to cite it. */
export const GoldRowSchema = z.strictObject({
  ...IndexedPassageSchema.shape,
  groups,
  places: PlacesSchema,
  tokens: offset,
});

export const LayersManifestSchema = z.strictObject({
  /** Of the model whose documents they are. */
  name: z.string(),
  bronze: DataRefSchema,
  silver: DataRefSchema,
  gold: DataRefSchema,
  /** Which model's vectors gold has, in a column `embedding`; without, it has no such column, as the config answers from no index. */
  embedding: EmbeddingRefSchema.optional(),
  /** Hash over the passages of gold, whether it has their vectors or not: while it is the same, gold is not made again. */
  passages: z.string().optional(),
  /** What was read out of each file, so that it is not read again: see `documents/layers/readings.ts`. */
  readings: DataRefSchema,
  /** How each document was cut into passages: see `documents/layers/cuts.ts`. */
  cuts: DataRefSchema.optional(),
  /** Hash of the tables before, so that the newest are told from older ones of the same content. */
  after: z.string().optional(),
});

export type BlockRow = z.infer<typeof BlockRowSchema>;
export type BronzeRow = z.infer<typeof BronzeRowSchema>;
export type SilverRow = z.infer<typeof SilverRowSchema>;
export type GoldRow = z.infer<typeof GoldRowSchema>;
export type LayersManifest = z.infer<typeof LayersManifestSchema>;
