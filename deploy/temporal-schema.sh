#!/bin/sh
# The tables of Temporal's databases, made or brought to the version of this image. The password is that of SQL_PASSWORD.
set -eu
for store in temporal visibility; do
  database=temporal
  [ "$store" = temporal ] || database=temporal_visibility
  tool="temporal-sql-tool --plugin postgres12 --endpoint ${POSTGRES_HOST:-postgres} --port ${POSTGRES_PORT:-5432} --user temporal --database $database"
  # What is there already is left as it is.
  $tool setup-schema --version 0.0
  $tool update-schema --schema-dir "${SCHEMA:-/etc/temporal/schema}/postgresql/v12/$store/versioned"
done
