import type { Document } from '@xmldom/xmldom';
import { childOf, elements } from './package.ts';

/** A chart as what it was drawn from: its title, and a table of its series. */
export function chartTable(xml: Document): { title: string; rows: string[][] } {
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
