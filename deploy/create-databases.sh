#!/bin/sh
# Run once, when the volume is empty: a role and its databases for Temporal, and for registry and ledger.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set temporal="$TEMPORAL_DATABASE_PASSWORD" --set whetstone="$REGISTRY_DATABASE_PASSWORD" <<'SQL'
create role temporal login password :'temporal';
create database temporal owner temporal;
create database temporal_visibility owner temporal;
create role whetstone login password :'whetstone';
create database whetstone owner whetstone encoding 'UTF8' template template0;
SQL
