/** Everything that crosses the wire to a workflow: inputs, updates, queries, search attributes, ids. */
export * from './messages/alias.ts';
export * from './messages/budget.ts';
export * from './messages/promotion.ts';
export * from './messages/review.ts';
export * from './messages/run.ts';
export * from './messages/run-progress.ts';
export * from './messages/run-result.ts';
export * from './messages/search-attributes.ts';
export * from './messages/started-by.ts';
