import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';

/** As the workflow's own defineUpdate, defineSignal and defineQuery, which only workflows may load. */
export const update = <Result, Input>(name: string) => ({ type: 'update', name }) as UpdateDefinition<Result, [Input]>;
export const signal = (name: string) => ({ type: 'signal', name }) as SignalDefinition<[]>;
export const query = <Result>(name: string) => ({ type: 'query', name }) as QueryDefinition<Result>;
