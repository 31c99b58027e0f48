import type { Kysely } from 'kysely';
import { migrate, type Migrations } from '../sql/migrate.ts';
import type { RegistryTables } from './schema.ts';
import { addAccessKeys } from './tables/access-keys.ts';
import { addAskedAt } from './tables/asked-at.ts';
import { addGradings } from './tables/gradings.ts';
import { appendOnly } from './tables/append-only.ts';
import { addEvaluations } from './tables/evaluations.ts';
import { addHeldVersions } from './tables/held-versions.ts';
import { addIdentity } from './tables/identity.ts';
import { addOpenBook } from './tables/open-book.ts';
import { addOutbox } from './tables/outbox.ts';
import { addStageRules } from './tables/stage-rules.ts';
import { addRuns } from './tables/runs.ts';
import { sealHistory } from './tables/seal-history.ts';
import { addTakedown } from './tables/takedown.ts';
import { createTables } from './tables/first-tables.ts';

const MIGRATIONS: Migrations = {
  '0001_tables': { up: createTables },
  '0002_append_only': { up: appendOnly },
  '0003_held_versions': { up: addHeldVersions },
  '0004_takedown': { up: addTakedown },
  '0006_identity': { up: addIdentity },
  '0007_seals': { up: sealHistory },
  '0008_outbox': { up: addOutbox },
  '0010_stage_rules': { up: addStageRules },
  '0011_runs': { up: addRuns },
  '0012_evaluations': { up: addEvaluations },
  '0013_gradings': { up: addGradings },
  '0014_asked_at': { up: addAskedAt },
  '0015_open_book': { up: addOpenBook },
  '0016_access_keys': { up: addAccessKeys },
};

/**
 * Makes the registry's tables, or brings them up to date. Nothing here deletes or changes a row: what happened is the audit trail,
 * and the database itself refuses to change it (tables/append-only.ts).
 */
export function migrateRegistry(db: Kysely<RegistryTables>): Promise<void> {
  return migrate(db, 'registry', MIGRATIONS);
}
