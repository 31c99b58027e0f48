/** What to do next where a workflow that moves an alias at once did not come to its end. Pure. */
export const nextOfAliasMove = (how: 'failed' | 'cancelled', example: string): string =>
  how === 'failed'
    ? `What served goes on serving. Start it again with an input such as \`${example}\`, changed as its reason asks.`
    : 'See with `npx whetstone history MODEL` whether the alias was moved before it was cancelled.';
