/** What keeps a promotion from moving its alias: the rule of configs/stages.yaml, what was found, what it expects, and what to do. */
export interface Lack {
  rule: string;
  found: string;
  expected: string;
  fix: string;
}

export const lackText = ({ rule, found, expected, fix }: Lack): string =>
  `rule ${rule}: found ${found}, expected ${expected}. Fix: ${fix}`;
