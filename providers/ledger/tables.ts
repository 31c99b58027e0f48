import type { Generated } from 'kysely';

/** Answers are only ever added. */
export interface CallTable {
  id: Generated<number>;
  key: string;
  /** The run that paid for it. */
  run: string;
  provider: string;
  model: string;
  /** The whole call, as canonical JSON: model, settings and request. */
  request: string;
  reply: string;
  finishReason: string;
  inputTokens: number;
  outputTokens: number;
  /** Billionths of a US dollar, at the prices that the config stated; 0 where it stated none. */
  costNanoUsd: number;
  latencyMs: number;
  /** ISO 8601, UTC. */
  created: string;
}

/**
 * The answers of other runs that a run uses. Settled once, so that a run that goes on after a crash sees what it saw before. It
 * uses its own where there is none.
 */
export interface HitTable {
  run: string;
  key: string;
  callId: number;
}

/** What a run has paid so far, answers that came twice included. */
export interface SpendTable {
  run: string;
  costNanoUsd: number;
  tokens: number;
  /** Distinct ones. */
  calls: number;
}

/** What calls in flight may cost at most. One that is not settled in time may be paid for: from then on it counts as spent. */
export interface ReservationTable {
  id: Generated<number>;
  run: string;
  /** The call, in batch mode: asked again after its worker's death, it takes the place of its own reservation. Else empty. */
  key: string;
  costNanoUsd: number;
  tokens: number;
  /** Milliseconds since 1970, by the database's clock. */
  expiresMs: number;
  /** Whose call it is; empty where it was reserved before there were owners. */
  owner: string;
}

/** A process that has the ledger open. Its lease ends when it does not renew it. */
export interface OwnerTable {
  id: string;
  /** Where its number means this process. */
  host: string;
  pid: number;
  startTime: string;
  /** Milliseconds since 1970, by the database's clock. */
  expiresMs: number;
}

/** A file of calls that was sent to a server, or is about to be. */
export interface BatchTable {
  id: string;
  server: string;
  remoteId: string | null;
  /** Who sends it: while it lives, the batch may yet appear at the server. Before there were owners, a process as JSON. */
  owner: string;
}

/** Calls that wait in a batch, until their answers are in the ledger. */
export interface BatchCallTable {
  key: string;
  batch: string;
}

/** Until when a model's rates are taken, by all workers together. Milliseconds since 1970, by the database's clock. */
export interface RateTable {
  /** Model, server and the config's limits. */
  id: string;
  requestsUntilMs: number;
  tokensUntilMs: number;
}

export interface LedgerTables {
  batch: BatchTable;
  batchCall: BatchCallTable;
  call: CallTable;
  hit: HitTable;
  spend: SpendTable;
  reservation: ReservationTable;
  owner: OwnerTable;
  rate: RateTable;
}
