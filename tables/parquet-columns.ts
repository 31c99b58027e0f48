import type { Field } from 'parquetjs-lite';
import { ArtifactError } from '../common/errors.ts';

/**
 * A column. `list` holds any number of values, `struct` named columns of its own; a list of structs is both. There is no
 * 64-bit integer: the writer rounds those above 2^53, so keep such numbers as strings or doubles.
 */
export type Column = { list?: boolean; optional?: boolean } & (
  { type: 'string' | 'int32' | 'float' | 'double' | 'boolean' } | { type: 'struct'; columns: Columns }
);
export type Columns = Record<string, Column>;
export type ParquetRow = Record<string, unknown>;

/** The library's fields for columns. */
export function fieldsOf(columns: Columns): Record<string, Field> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]): [string, Field] => {
      if (!/^\w+$/.test(name))
        throw new ArtifactError(`Parquet column '${name}': expected letters, digits and underscores`);
      const kind = { optional: column.optional === true && column.list !== true, repeated: column.list === true };
      if (column.type === 'struct') return [name, { ...kind, fields: fieldsOf(column.columns) }];
      const type = ({ string: 'UTF8', int32: 'INT32', float: 'FLOAT', double: 'DOUBLE', boolean: 'BOOLEAN' } as const)[
        column.type
      ];
      // Statistics of strings are in UTF-16 order, and readers that trust them lose rows.
      return [
        name,
        { ...kind, type, compression: 'SNAPPY', statistics: column.type !== 'string' && column.type !== 'float' },
      ];
    }),
  );
}

/** A row with nothing but its columns' values. @throws ArtifactError naming the place of a value that isn't what its column says */
export function checkedStruct(row: unknown, columns: Columns, place: string): ParquetRow {
  if (typeof row !== 'object' || row === null) throw mismatch(place, row, 'an object');
  const values = row as ParquetRow;
  const unknown = Object.keys(values).find((name) => !(name in columns));
  if (unknown !== undefined) throw mismatch(`${place}${unknown}`, values[unknown], 'no such column');
  const checked: ParquetRow = {};
  for (const [name, column] of Object.entries(columns)) {
    const value = values[name];
    if (column.list && column.type === 'float' && value instanceof Float32Array && value.every(Number.isFinite)) {
      // Vectors: hundreds of numbers in each row.
      checked[name] = [...value];
    } else if (column.list) {
      if (!Array.isArray(value)) throw mismatch(`${place}${name}`, value, 'a list');
      checked[name] = value.map((item, i) => checkedValue(item, column, `${place}${name}[${i}]`));
    } else if (value !== undefined && value !== null) checked[name] = checkedValue(value, column, `${place}${name}`);
    else if (!column.optional) throw mismatch(`${place}${name}`, value, `${column.type} (the column isn't optional)`);
  }
  return checked;
}

function checkedValue(value: unknown, column: Column, place: string): unknown {
  switch (column.type) {
    case 'struct':
      return checkedStruct(value, column.columns, `${place}.`);
    case 'string':
      if (typeof value === 'string') return value.toWellFormed();
      break;
    case 'int32':
      if (typeof value === 'number' && (value | 0) === value) return value;
      break;
    case 'float':
    case 'double':
      if (Number.isFinite(value)) return value;
      break;
    case 'boolean':
      if (typeof value === 'boolean') return value;
      break;
    default:
      return column satisfies never;
  }
  throw mismatch(place, value, column.type);
}

/** The reader leaves out empty lists and gives null for absent values. */
export function completed(row: ParquetRow, columns: Columns): ParquetRow {
  const complete: ParquetRow = {};
  for (const [name, column] of Object.entries(columns)) {
    const value = row[name];
    const inner = (item: unknown) => (column.type === 'struct' ? completed(item as ParquetRow, column.columns) : item);
    if (column.list) complete[name] = ((value ?? []) as unknown[]).map(inner);
    else if (value !== undefined && value !== null) complete[name] = inner(value);
  }
  return complete;
}

const mismatch = (place: string, found: unknown, expected: string) =>
  new ArtifactError(`${place}: found ${JSON.stringify(found) ?? 'nothing'}, expected ${expected}`);
