/** The parts of a document that chunking cares about. Offsets are UTF-16 code units into the text. */
export type Block =
  | { kind: 'heading'; start: number; end: number; level: number; title: string }
  /** Running text: cut at sentences. */
  | { kind: 'paragraph'; start: number; end: number }
  /** Kept whole where it fits, else cut at lines: a list item, code, a table. */
  | { kind: 'item' | 'code' | 'table'; start: number; end: number }
  /** A thematic break or a comment: no content, and nothing reaches across it. */
  | { kind: 'break'; start: number; end: number };
