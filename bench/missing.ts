import { findPostgres } from '../test/support/postgres.ts';
import { findS3Server } from '../test/support/s3-server.ts';

/** Why a benchmark can't be made here, in words; undefined where it can. */

export const missingPostgres = (): string | undefined =>
  findPostgres() === undefined
    ? 'Postgres: skipped, for this machine has no initdb and postgres, on PATH or in the usual folders'
    : undefined;

export const missingS3 = (): string | undefined =>
  findS3Server() === undefined
    ? 'S3: skipped, for this machine has no versitygw, and no Go to build it with'
    : undefined;
