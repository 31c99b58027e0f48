import Table from 'cli-table3';

export const percent = (part: number) => `${(100 * part).toFixed(1)}%`;

export function tableOf(head: string[], rows: (string | number)[][]): string {
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows);
  return table.toString();
}
