import { sha256Of } from '../../common/hash.ts';
import { modelId } from '../../schema/model-ref.ts';
import type { AliasMove, ModelVersion } from '../schema.ts';
import { hashOf } from '../seals.ts';

/**
 * The id of an answer that the gateway gives says itself which version gave it, by which move of which alias, and when; its last part is
 * a hash over that and the registry's row. So nothing of questions or answers is kept, and an id that does not fit the registry is found.
 */

/** Who answers: a version that was named, or what an alias points at, by the move that made it so. */
export interface Served {
  version: Pick<ModelVersion, 'model' | 'version' | 'ref'>;
  move?: AliasMove | undefined;
}

export interface AnswerId {
  model: string;
  version: number;
  /** The alias that was asked, and which of its moves; undefined where the version itself was. */
  move: { alias: string; seq: number } | undefined;
  /** ISO 8601. */
  at: string;
}

const PREFIX = 'ans-';
/** Between parts; a name that has one is written otherwise. */
const POINT = '.';

/** @param nonce what tells it from other answers of the same moment */
export function makeAnswerId(served: Served, { at, nonce }: { at: Date; nonce: string }): string {
  const { version, move } = served;
  const parts = [version.model, version.version, move?.alias ?? '', move?.seq ?? '', at.getTime().toString(36), nonce];
  const told = parts.map((part) => written(String(part))).join(POINT);
  return `${PREFIX}${told}${POINT}${checkOf(told, served)}`;
}

/** What an id says; undefined for what is no id of an answer. Whether it is true is for `fits` to say. */
export function readAnswerId(id: string): AnswerId | undefined {
  if (!id.startsWith(PREFIX)) return undefined;
  const parts = id.slice(PREFIX.length).split(POINT);
  if (parts.length !== 7 || parts.some((part) => !/^(?:[\w-]|%[0-9A-F]{2})*$/.test(part))) return undefined;
  const [model = '', version, alias = '', seq, at = ''] = parts.map((part) => decodeURIComponent(part));
  const [number, move, time] = [Number(version), Number(seq), parseInt(at, 36)];
  if (model === '' || !(number > 0) || !Number.isSafeInteger(time) || Math.abs(time) > 8.64e15) return undefined;
  return {
    model,
    version: number,
    move: alias === '' ? undefined : { alias, seq: move },
    at: new Date(time).toISOString(),
  };
}

/** Whether an id is one of an answer by what the registry says served then. */
export function fits(id: string, served: Served): boolean {
  const told = id.slice(PREFIX.length, id.lastIndexOf(POINT));
  return id.slice(id.lastIndexOf(POINT) + 1) === checkOf(told, served);
}

/** By the row of the move, as its seal hashes it; of a version that was named by its content, for its row does not tell who asked. */
function checkOf(told: string, { version, move }: Served): string {
  return sha256Of(`${told}\n${move ? hashOf(move) : modelId(version.ref)}`).slice(0, 16);
}

const written = (part: string) =>
  encodeURIComponent(part).replace(/[.!~*'()]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
