import type { ModelVersion } from './version.ts';

/** What aliases point at, and what keeps them there. */

/**
 * What an alias answers with: `stable` takes every request. A canary will stand beside it with its share of them, and the gateway's
 * router will be who chooses.
 */
export interface Deployment {
  stable: ModelVersion;
  /** What made it so. */
  move: AliasMove;
}

/** One row of an alias's append-only history. */
export interface AliasMove {
  model: string;
  alias: string;
  /** 1, 2, 3, ... within the model's alias. */
  seq: number;
  /** Null for an alias's first move. */
  fromVersion: number | null;
  /** Null where it serves nothing: it was taken down. */
  toVersion: number | null;
  kind: 'promote' | 'break-glass' | 'rollback' | 'bootstrap' | 'takedown';
  by: string;
  why: string;
  /** Makes a retry return the same move: the promotion's id, or the rollback request's. */
  requestId: string;
  at: string;
}

/** An alias that is pinned, a version that is archived, or the end of either. */
export interface Mark {
  model: string;
  subject: string;
  seq: number;
  action: 'pin' | 'unpin' | 'archive' | 'restore';
  by: string;
  why: string;
  at: string;
}
