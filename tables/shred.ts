import type { ColumnData, ParquetSchema, RowGroup, SchemaField } from 'parquetjs-lite';
import type { ParquetRow } from './parquet-columns.ts';

/**
 * Rows on their way into a row group, in the form that parquetjs-lite encodes: for each leaf column its values, with repetition
 * and definition levels (Melnik et al., "Dremel: Interactive Analysis of Web-Scale Datasets", 2010). The library's own
 * shredder makes five objects for each column of each row, which takes longer than all the rest of the writing.
 */
export class Shredder {
  readonly #schema: ParquetSchema;
  readonly #leaves = new Map<SchemaField, ColumnData>();
  /** For the library's writer. */
  readonly group: RowGroup = { rowCount: 0, pageRowCount: 0, columnData: {}, pages: {} };

  constructor(schema: ParquetSchema) {
    this.#schema = schema;
    for (const field of schema.fieldList) {
      const path = String(field.path);
      const data: ColumnData = { dlevels: [], rlevels: [], values: [], distinct_values: new Set(), count: 0 };
      this.#leaves.set(field, data);
      this.group.columnData[path] = data;
      this.group.pages[path] = [];
    }
  }

  /** @param row checked: its values are what its columns say */
  add(row: ParquetRow): void {
    this.group.rowCount += 1;
    this.group.pageRowCount += 1;
    this.#shred(this.#schema.fields, row, 0, 0);
  }

  #shred(fields: Record<string, SchemaField>, record: ParquetRow | undefined, rlevel: number, dlevel: number): void {
    for (const name in fields) {
      const field = fields[name]!;
      const value = record?.[name];
      if (Array.isArray(value) && value.length > 0) {
        for (const [i, item] of value.entries())
          this.#put(field, item, i === 0 ? rlevel : field.rLevelMax, field.dLevelMax);
      } else if (value === undefined || value === null || Array.isArray(value)) {
        this.#put(field, undefined, rlevel, dlevel);
      } else this.#put(field, value, rlevel, field.dLevelMax);
    }
  }

  #put(field: SchemaField, value: unknown, rlevel: number, dlevel: number): void {
    if (field.isNested) {
      this.#shred(field.fields ?? {}, value as ParquetRow | undefined, rlevel, dlevel);
      return;
    }
    const data = this.#leaves.get(field)!;
    data.rlevels.push(rlevel);
    data.dlevels.push(dlevel);
    data.count += 1;
    if (value === undefined) return;
    if (field.statistics !== false) data.distinct_values.add(value);
    data.values.push(typeof value === 'string' ? Buffer.from(value) : value);
  }
}
