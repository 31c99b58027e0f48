import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { EvidencePage } from '../page.ts';
import { armWords, METRIC_WORDS, signed } from '../words.ts';

/** Plots as SVG, in the colours of the page: light or dark is the reader's choice. A table beside each says the same. */

/** Narrow, so that letters stay readable where a telephone shows all of it. */
const WIDTH = 540;
const ROW = 30;

interface Row {
  label: string;
  low: number;
  high: number;
  difference: number;
  tone: string;
}

/** Of each metric the difference with its interval, beside the line where nothing changed. Undefined where nothing was compared. */
export function differencesPlot({ suites, candidate, against }: EvidencePage): string | undefined {
  const rows: Row[] = suites.flatMap((suite) =>
    suite.rows.map(({ metric, comparison: { low, high, difference } }) => ({
      label: `${short(suite.name, 18)} · ${short(metric, 18)}`,
      low,
      high,
      difference,
      tone: low > 0 ? 'var(--better)' : high < 0 ? 'var(--worse)' : 'var(--unsure)',
    })),
  );
  if (rows.length === 0) return undefined;
  const most = Math.max(0.1, ...rows.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]));
  return plotted({
    ariaLabel: `Differences of ${candidate} to ${against.words}, with their intervals`,
    height: rows.length * ROW + 50,
    marginLeft: roomFor(rows.map(({ label }) => label)),
    x: {
      domain: [-most, most],
      label: '← worse · better →',
      labelAnchor: 'center',
      ticks: 5,
      tickFormat: (tick: number) => signed(tick),
    },
    y: { domain: rows.map(({ label }) => label), label: null, tickSize: 0 },
    marks: [
      Plot.ruleX([0], { strokeOpacity: 0.6 }),
      Plot.link(rows, { x1: 'low', x2: 'high', y1: 'label', y2: 'label', stroke: 'tone', strokeWidth: 3 }),
      Plot.dot(rows, { x: 'difference', y: 'label', fill: 'tone', r: 5 }),
    ],
  });
}

/** What each arm scores on the metric that its suite is told by: what costs nothing beside the models. */
export function scoresPlot({ suites, candidate, against, changes }: EvidencePage): string | undefined {
  const rows = suites.flatMap((suite) => {
    const metric = changes.counts.find((count) => count.suite === suite.name)?.metric;
    const row = suite.rows.find((one) => one.metric === metric) ?? suite.rows[0];
    if (!row) return [];
    const arms: [string, number | undefined][] = [
      [candidate, row.tuned],
      [armWords(against.arm), row.other],
      ['lookup', row.lookup],
      ['echo', row.echo],
      ...(row.documents ?? []).map(({ name, mean }): [string, number] => [name, mean]),
    ];
    const title = `${short(suite.name, 18)} · ${short(row.metric, 18)}`;
    return arms.flatMap(([arm, mean]) => (mean === undefined ? [] : [{ title, arm: short(arm), mean }]));
  });
  if (rows.length === 0) return undefined;
  const titles = [...new Set(rows.map(({ title }) => title))];
  const arms = [...new Set(rows.map(({ arm }) => arm))];
  return plotted({
    ariaLabel: `Mean scores of ${candidate}, ${against.words}, lookup and echo`,
    height: rows.length * 24 + titles.length * 16 + 50,
    x: { domain: [0, 1], insetRight: 40, label: 'mean score (1 is the best)', labelAnchor: 'center' },
    y: { domain: arms, label: null, tickSize: 0 },
    fy: { domain: titles, label: null },
    marks: [
      Plot.barX(rows, {
        x: 'mean',
        y: 'arm',
        fy: 'title',
        fill: ({ arm }: { arm: string }) => (arm === short(candidate) ? 'var(--accent)' : 'var(--quiet)'),
        inset: 2,
      }),
      Plot.text(rows, {
        x: 'mean',
        y: 'arm',
        fy: 'title',
        text: ({ mean }: { mean: number }) => mean.toFixed(2),
        textAnchor: 'start',
        dx: 5,
      }),
      Plot.ruleX([0]),
    ],
    marginLeft: roomFor(arms),
    marginRight: roomFor(titles),
  });
}

/** What metrics ask, for the legend of a plot. */
export const metricsOf = ({ suites }: EvidencePage): { metric: string; words: string }[] =>
  [...new Set(suites.flatMap(({ rows }) => rows.map(({ metric }) => metric)))].flatMap((metric) => {
    const words = METRIC_WORDS[metric];
    return words === undefined ? [] : [{ metric, words }];
  });

function plotted(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const made = Plot.plot({
    document,
    width: WIDTH,
    marginRight: 30,
    marginBottom: 40,
    style: { background: 'none', fontSize: '15px', fontFamily: 'inherit' },
    ...options,
  });
  made.setAttribute('role', 'img');
  // A picture has one name: the table beside it has the parts.
  for (const part of made.querySelectorAll('[aria-label], [aria-description]')) {
    part.removeAttribute('aria-label');
    part.removeAttribute('aria-description');
  }
  return made.outerHTML;
}

const short = (text: string, most = 20) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** Pixels for the longest of some labels, of letters as wide as wide fonts have them. */
const LETTER = 8.2;
const roomFor = (labels: readonly string[]) =>
  24 + Math.ceil(LETTER * Math.max(0, ...labels.map(({ length }) => length)));
