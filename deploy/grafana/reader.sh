#!/usr/bin/env bash
# Makes the role that Grafana reads with, or brings it up to date: reader.sql, and its password.
set -euo pipefail
: "${READER_PASSWORD:?set SIGNPOST_READER_PASSWORD to a random text and keep it}"
psql --quiet --set=ON_ERROR_STOP=1 --file="${READER_SQL:-/reader.sql}"
psql --quiet --set=ON_ERROR_STOP=1 --set=password="$READER_PASSWORD" <<<"ALTER ROLE signpost_reader PASSWORD :'password'"
