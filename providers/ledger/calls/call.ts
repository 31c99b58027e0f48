import type { Amount, ChatReply, ChatRequest } from '../../../contract/ports.ts';

/** One call on its way through the ledger to its model. */
export interface Call {
  request: ChatRequest;
  /** The call as canonical JSON, and its hash. */
  json: string;
  key: string;
  run: string;
  signal: AbortSignal;
  /** Where the run has a budget: the most that the call may cost, and what was set aside for it. */
  reserved?: { id: number; most: Amount };
}

/** An answer that was paid for. */
export interface Paid {
  reply: ChatReply;
  /** Once it stands in the ledger: what the run uses. */
  written: Promise<ChatReply>;
}

/** Makes a call. Each wrapper does its part, and leaves the rest to the next. */
export type Pay = (call: Call) => Promise<Paid>;
