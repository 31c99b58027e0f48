import type { PromotionPart } from './page.ts';

/** What decides on a promotion, and what undoes it, as it is sent. Pure. */

export interface DecisionUpdate {
  name: 'approve' | 'reject';
  /** Of the Update; undefined where only signed decisions count: no page can sign. */
  input?: string;
  cli: string;
  temporal?: string;
}

const WORDS = { approve: 'what you read and found', reject: 'what is wrong' };

export function updates({ id, signed }: Pick<PromotionPart, 'id' | 'signed'>): DecisionUpdate[] {
  return (['approve', 'reject'] as const).map((name) => {
    if (signed) return { name, cli: `npx whetstone ${name} ${id} --why "${WORDS[name]}" --sign` };
    const input = JSON.stringify({ by: 'your name', why: WORDS[name] });
    return {
      name,
      input,
      cli: `npx whetstone ${name} ${id} --by "your name" --why "${WORDS[name]}"`,
      temporal: `temporal workflow update execute --workflow-id ${id} --name ${name} --input '${input}'`,
    };
  });
}

export interface WayBack {
  title: string;
  words: string;
  workflow: 'takeDownModel' | 'rollbackModel';
  input: string;
  cli: string;
}

/** Away from a version that was promoted. */
export function wayBack({
  model,
  alias,
  from,
  version,
}: Pick<PromotionPart, 'alias' | 'from' | 'version'> & { model: string }): WayBack[] {
  const said = { by: 'your name', why: 'what is wrong' };
  const takedown: WayBack = {
    title: 'Serve nothing',
    words: `Whoever asks is told that ${alias} was taken down, and why. No version is withdrawn.`,
    workflow: 'takeDownModel',
    input: JSON.stringify({ model, alias, ...said }),
    cli: `npx whetstone takedown ${model}@${alias} --why "${said.why}"`,
  };
  const rollback: WayBack =
    from === null
      ? {
          title: 'Serve what came before',
          words: `Nothing served before version ${version} but the untuned base, which is worse than anything that was promoted: a rollback goes there only where you say so.`,
          workflow: 'rollbackModel',
          input: JSON.stringify({ model, alias, base: true, ...said }),
          cli: `npx whetstone rollback ${model}@${alias} --base --why "${said.why}"`,
        }
      : {
          title: `Put version ${from} back`,
          words: `Version ${version} is withdrawn: nothing moves to it again until somebody clears it.`,
          workflow: 'rollbackModel',
          input: JSON.stringify({ model, alias, to: from, ...said }),
          cli: `npx whetstone rollback ${model}@${alias} --to ${from} --why "${said.why}"`,
        };
  return [takedown, rollback];
}
