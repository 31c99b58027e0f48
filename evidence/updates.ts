import type { PromotionPart } from './page.ts';

/** The Updates that decide on a promotion, as they are sent. Pure. */

export interface DecisionUpdate {
  name: 'approve' | 'reject';
  input: string;
  cli: string;
  temporal: string;
}

const WORDS = { approve: 'what you read and found', reject: 'what is wrong' };

export function updates({ id }: Pick<PromotionPart, 'id'>): DecisionUpdate[] {
  return (['approve', 'reject'] as const).map((name) => {
    const input = JSON.stringify({ by: 'your name', why: WORDS[name] });
    return {
      name,
      input,
      cli: `npx whetstone ${name} ${id} --by "your name" --why "${WORDS[name]}"`,
      temporal: `temporal workflow update execute --workflow-id ${id} --name ${name} --input '${input}'`,
    };
  });
}
