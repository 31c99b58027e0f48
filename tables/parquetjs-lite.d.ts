/** What this project uses of parquetjs-lite, which ships no types. What it throws may be a plain string. */
declare module 'parquetjs-lite' {
  export interface Field {
    type?: 'UTF8' | 'INT32' | 'FLOAT' | 'DOUBLE' | 'BOOLEAN';
    optional?: boolean;
    repeated?: boolean;
    compression?: 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP';
    /** False: no minimum and maximum are written. */
    statistics?: boolean;
    fields?: Record<string, Field>;
  }
  /** Fields as the writer sees them. */
  export interface SchemaField {
    path: string[];
    isNested?: boolean;
    fields?: Record<string, SchemaField>;
    rLevelMax: number;
    dLevelMax: number;
    statistics?: boolean;
  }
  export interface ParquetSchema {
    fields: Record<string, SchemaField>;
    /** All fields, those of structs after their struct. */
    fieldList: SchemaField[];
  }
  export interface ColumnData {
    dlevels: number[];
    rlevels: number[];
    values: unknown[];
    distinct_values: Set<unknown>;
    count: number;
  }
  /** Rows that are not written yet, by the paths of their columns, joined with commas. */
  export interface RowGroup {
    rowCount: number;
    pageRowCount: number;
    columnData: Record<string, ColumnData>;
    pages: Record<string, unknown[]>;
  }
  interface Writer {
    rowBuffer: RowGroup;
    appendRow(row: object): Promise<void>;
    close(): Promise<void>;
    envelopeWriter: { close(): Promise<void> };
  }
  const parquet: {
    ParquetSchema: new (fields: Record<string, Field>) => ParquetSchema;
    ParquetWriter: {
      openFile(
        schema: ParquetSchema,
        path: string,
        options?: { flags?: string; rowGroupSize?: number },
      ): Promise<Writer>;
    };
  };
  export default parquet;
}
