import type { AliasMove } from './alias.ts';

/** A model, version, alias or promotion that the registry does not have. The message names what it has. */
export class NotInRegistryError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotInRegistryError';
  }
}

/** An alias that serves nothing, and why. */
export class TakenDownError extends Error {
  constructor({ model, alias, by, why, at }: AliasMove) {
    super(`${model}@${alias} serves nothing: taken down by ${by} at ${at}: ${why}`);
    this.name = 'TakenDownError';
  }
}
