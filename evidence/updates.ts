import type { PromotionPart } from './page.ts';

/** What decides on a promotion, and what undoes it, as it is sent. Pure. */

export interface DecisionUpdate {
  name: 'approve' | 'reject' | 'requestChanges';
  /** What it is for, after "to". */
  does: string;
  /** Of the Update; undefined where only signed decisions count: no page can sign. */
  input?: string;
  cli: string;
  temporal?: string;
}

const KINDS = [
  { name: 'approve', command: 'approve', does: 'approve', words: 'what you read and found' },
  { name: 'reject', command: 'reject', does: 'reject', words: 'what is wrong' },
  {
    name: 'requestChanges',
    command: 'request-changes',
    does: 'ask for changes first',
    words: 'what must change before you approve',
  },
] as const;

export function updates({ id, signed }: Pick<PromotionPart, 'id' | 'signed'>): DecisionUpdate[] {
  return KINDS.map(({ name, command, does, words }) => {
    if (signed) return { name, does, cli: `npx whetstone ${command} ${id} --why "${words}" --sign` };
    const input = JSON.stringify({ by: 'your name', why: words });
    return {
      name,
      does,
      input,
      cli: `npx whetstone ${command} ${id} --by "your name" --why "${words}"`,
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
