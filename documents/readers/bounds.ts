/** What a file may make of a few bytes: a table is laid out by what stands in it, and not by what it says of its size. */

/** More than this of XML or HTML, in letters, is no document, but made to fill a memory. */
export const MOST_MARKUP = 60_000_000;

/** Whether a table is mostly gaps, so that laying it out would take far more than its cells do. */
export const isMostlyGaps = (area: number, cells: number): boolean => area > 10 * cells + 10_000;

/** How often what spans several cells may be said again, all in all. */
export class Repeats {
  #cells: number;
  #letters: number;

  /** @param said what stands in the table's cells, once */
  constructor(said: { cells: number; letters: number }) {
    this.#cells = 10 * said.cells + 1000;
    this.#letters = 20 * said.letters + 10_000;
  }

  /** Whether a text may be said in as many more cells. What may not is said once. */
  take(text: string, times: number): boolean {
    const letters = text.length * times;
    if (times > this.#cells || letters > this.#letters) return false;
    this.#cells -= times;
    this.#letters -= letters;
    return true;
  }
}
