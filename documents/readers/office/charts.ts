import type { Document, Element } from '@xmldom/xmldom';
import { childOf, elements, type Package, type Relations } from './package.ts';

export interface Chart {
  title: string;
  /** A table of its series; empty where it keeps no values. */
  rows: string[][];
}

/** The chart that a drawing refers to. */
export async function chartIn(file: Package, relations: Relations, drawing: Element): Promise<Chart> {
  const target = relations.get(drawing.getAttribute('r:id') ?? '')?.target;
  const xml = target === undefined ? undefined : await file.xml(target);
  return xml ? chartTable(xml) : { title: '', rows: [] };
}

/** A chart as what it was drawn from. */
export function chartTable(xml: Document): Chart {
  const series = elements(xml, 'ser').map((one) => {
    const named = elements(childOf(one, 'tx'), 'v')[0]?.textContent;
    return {
      name: named ?? 'values',
      categories: points(childOf(one, 'cat') ?? childOf(one, 'xVal')),
      values: points(childOf(one, 'val') ?? childOf(one, 'yVal')),
    };
  });
  const categories = series.find((one) => one.categories.size > 0)?.categories ?? new Map<number, string>();
  const indexes = [...new Set(series.flatMap((one) => [...one.categories.keys(), ...one.values.keys()]))].sort(
    (a, b) => a - b,
  );
  const rows = indexes.map((i) => [
    categories.get(i) ?? String(i + 1),
    ...series.map(({ values }) => values.get(i) ?? ''),
  ]);
  const title = elements(childOf(elements(xml, 'chart')[0], 'title'), 't')
    .map((one) => one.textContent)
    .join('')
    .trim();
  return { title, rows: rows.length > 0 ? [['', ...series.map(({ name }) => name)], ...rows] : [] };
}

/** The values that a chart keeps with it, by place. */
const points = (of: ReturnType<typeof childOf>): Map<number, string> =>
  new Map(
    elements(of, 'pt').map((point) => [Number(point.getAttribute('idx')), elements(point, 'v')[0]?.textContent ?? '']),
  );
