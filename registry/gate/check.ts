/** What came of one thing that the gate asks. */
export interface Check {
  /** `worse` rejects, `unproven` holds. */
  outcome: 'passed' | 'unproven' | 'worse';
  /** In words, with the figures. */
  reason: string;
}
