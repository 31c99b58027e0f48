/** How far a job has come. */
export interface JobStep {
  step: number;
  totalSteps: number;
  loss?: number;
}

/** When whoever looks at a job says how far it has come, though it goes on: each time is a few events of the run's history. */
export interface TellStep {
  /** Once it has done this share of its steps. */
  share: number;
  /** Or after this long, where it has come further than before. */
  afterMs: number;
  /** What was told last. */
  told?: JobStep;
}
