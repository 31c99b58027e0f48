/** An index: the passages that it has said, now or before. All were embedded by one model. */
export interface CollectionTable {
  id: number;
  name: string;
  /** EmbeddingRef, as JSON. */
  embedding: string;
}

/** A state of an index, never changed: its passages are those with `added` up to it and `removed` after it. */
export interface SnapshotTable {
  collection: number;
  /** 1, 2, ... within its collection. */
  generation: number;
  sha256: string;
  passages: number;
  /** Of all its passages, for the mean length that BM25 takes. */
  words: number;
  /** ISO 8601. */
  madeAt: string;
}

/** A document that an index has passages of, as it was when it was last seen: what it says of who may see it holds for all of them. */
export interface DocumentTable {
  id: number;
  collection: number;
  /** Its id, as citations have it. */
  name: string;
  location: string;
  /** Empty where its file is one document. */
  record: string;
  source: string;
  sha256: string;
  audience: number;
  validUntil: number;
  /** 1 where it is not there any more. */
  gone: number;
}

/** Groups that may see a passage, as a sorted JSON list: each distinct list once. */
export interface AudienceTable {
  id: number;
  groups: string;
}

/** What a search filters and scores by, and nothing else: many rows lie on a page. */
export interface PassageTable {
  id: number;
  collection: number;
  added: number;
  /** NEVER where it still counts. */
  removed: number;
  /** Who may see it now. */
  audience: number;
  /** The last day, as the number YYYYMMDD. */
  validUntil: number;
  words: number;
  embedding: number;
  /** Null where whoever filled the index knew nothing of where it is from. */
  document: number | null;
  /** Of when it was indexed, where its document says otherwise since: a later word of it can't make a snapshot say more. */
  saidAudience: number | null;
  saidValidUntil: number | null;
}

export interface PassageTextTable {
  id: number;
  collection: number;
  /** Hash of `content`. */
  sha256: string;
  documentId: string;
  /** IndexedPassage, as JSON. */
  content: string;
}

/** Vectors by text, of whatever index: what was embedded once is not embedded again. */
export interface EmbeddingTable {
  id: number;
  /** Provider, model and the hash of its weights. */
  model: string;
  textSha256: string;
  vector: unknown;
}

/** SQLite only: signs of 1024 vectors side by side, and what to filter them by. A passage's block is its id / 1024. */
export interface BlockTable {
  collection: number;
  block: number;
  /** How often it was written: whoever keeps a copy sees that it is another. */
  written: number;
  filters: Uint8Array;
  signs: Uint8Array;
}

export interface IndexTables {
  collection: CollectionTable;
  snapshot: SnapshotTable;
  audience: AudienceTable;
  document: DocumentTable;
  passage: PassageTable;
  passageText: PassageTextTable;
  embedding: EmbeddingTable;
  block: BlockTable;
}

/** As `removed`: no generation comes after it. */
export const NEVER = 2_147_483_647;
/** As `validUntil`: no day comes after it. */
export const FOR_EVER = 99_991_231;
/** The audience of what everybody may see. */
export const EVERYBODY = 0;
/** The groups of what nobody may see. */
export const NOBODY = '[]';
