/** How far one version of a judge agrees with people. A judge whose version changed is uncalibrated until it is measured again. */
export interface Calibration {
  judge: string;
  version: string;
  labels: number;
  labelsSha256: string;
  agreement: number;
  kappa: number;
  low: number;
  high: number;
  confidence: number;
  falsePositives: number;
  falseNegatives: number;
  humanPasses: number;
  by: string;
  at: string;
}
