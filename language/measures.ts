/** Units that convert exactly share a base; weeks and months do not. */
export const UNITS: Record<string, [unit: string, factor: number]> = {
  second: ['hour', 1 / 3600],
  minute: ['hour', 1 / 60],
  min: ['hour', 1 / 60],
  hour: ['hour', 1],
  hr: ['hour', 1],
  day: ['hour', 24],
  night: ['night', 1],
  week: ['hour', 168],
  fortnight: ['hour', 336],
  month: ['month', 1],
  year: ['month', 12],
  yr: ['month', 12],
  microgram: ['milligram', 0.001],
  mcg: ['milligram', 0.001],
  milligram: ['milligram', 1],
  mg: ['milligram', 1],
  gram: ['milligram', 1000],
  g: ['milligram', 1000],
  kilogram: ['kilogram', 1],
  kg: ['kilogram', 1],
  ml: ['millilitre', 1],
  millilitre: ['millilitre', 1],
  milliliter: ['millilitre', 1],
  litre: ['millilitre', 1000],
  liter: ['millilitre', 1000],
  mm: ['millimetre', 1],
  millimetre: ['millimetre', 1],
  millimeter: ['millimetre', 1],
  cm: ['millimetre', 10],
  centimetre: ['millimetre', 10],
  centimeter: ['millimetre', 10],
  m: ['millimetre', 1000],
  metre: ['millimetre', 1000],
  meter: ['millimetre', 1000],
  percent: ['percent', 1],
  degree: ['degree', 1],
  celsius: ['degree', 1],
  time: ['time', 1],
  calorie: ['calorie', 1],
};
export const TIME_UNITS = new Set(['minute', 'hour', 'day', 'night', 'week', 'month', 'year']);

/** The singular of a word that names a unit, else undefined. */
export function unitOf(word: string | undefined): string | undefined {
  if (word === undefined) return undefined;
  if (Object.hasOwn(UNITS, word)) return word;
  const singular = word.replace(/s$/, '');
  return Object.hasOwn(UNITS, singular) ? singular : undefined;
}
