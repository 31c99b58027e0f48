/** What this project uses of parquetjs-lite, which ships no types. What it throws may be a plain string. */
declare module 'parquetjs-lite' {
  export interface Field {
    type?: 'UTF8' | 'INT32' | 'DOUBLE' | 'BOOLEAN';
    optional?: boolean;
    repeated?: boolean;
    compression?: 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP';
    /** False: no minimum and maximum are written. */
    statistics?: boolean;
    fields?: Record<string, Field>;
  }
  interface Writer {
    appendRow(row: object): Promise<void>;
    close(): Promise<void>;
    envelopeWriter: { close(): Promise<void> };
  }
  interface Cursor {
    /** All rows of the next row group; null after the last. */
    nextRowGroup(): Promise<Record<string, unknown>[] | null>;
  }
  interface Reader {
    getCursor(): Cursor;
    close(): Promise<void>;
  }
  const parquet: {
    ParquetSchema: new (fields: Record<string, Field>) => object;
    ParquetWriter: {
      openFile(schema: object, path: string, options?: { flags?: string; rowGroupSize?: number }): Promise<Writer>;
    };
    ParquetReader: { openFile(path: string): Promise<Reader> };
  };
  export default parquet;
}
