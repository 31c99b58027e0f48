/** What the registry keeps: what it gives back, and the tables that SQL holds. */
export * from './schema/alias.ts';
export * from './schema/calibration.ts';
export * from './schema/errors.ts';
export * from './schema/promotion.ts';
export * from './schema/tables.ts';
export * from './schema/version.ts';
