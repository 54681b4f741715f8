#!/usr/bin/env bash
# How the table of responses is best divided on PostgreSQL: one line a layout, measured on a cluster of its own
# with fsync on. SCALE.md and the migration m0004_partitions.rs quote a run.
#
#   server/vault/benches/partitions.sh [ROWS] [SECONDS]
#
# ROWS responses of one poll of a whole country are there (a tenth of them of other polls), then 16 clients send
# answers to it, one row and one commit each, for SECONDS, three times in turns; the best counts.
set -euo pipefail
rows=${1:-1000000}
seconds=${2:-10}
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
folder=$(mktemp -d /tmp/veche-partitions.XXXXXX)
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
  chown postgres "$folder"
  as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
fi
trap 'as "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1; rm -rf "$folder"' EXIT
cd "$folder"
as "$bin/initdb" -D data -U veche -A trust -E UTF8 >/dev/null
as "$bin/pg_ctl" -w -D data -l log -o "-k $folder -c listen_addresses= -c shared_buffers=512MB -c max_wal_size=8GB -c checkpoint_timeout=30min" start >/dev/null
sql() { "$bin/psql" -h "$folder" -U veche -d postgres -qAtX -v ON_ERROR_STOP=1 "$@"; }

COLUMNS_OF="id uuid NOT NULL, poll_id uuid NOT NULL, pseudonym bytea NOT NULL, record_key bigint NOT NULL, region varchar,
  age_band varchar, gender varchar, special_consent boolean NOT NULL, content bytea NOT NULL, received_on date NOT NULL,
  changed_on date, batch integer, counted text NOT NULL DEFAULT '[\"\"]'"
HOT=00000000-0000-0000-0000-000000000001

layout() { # name, partition key or -, partitions, foreign key or -, key on id or -
  local schema=$1 key=$2 parts=$3 foreign=$4 id=$5
  sql <<SQL
CREATE SCHEMA $schema; SET search_path = $schema;
CREATE TABLE poll_key (poll_id uuid PRIMARY KEY, state varchar NOT NULL);
INSERT INTO poll_key SELECT ('00000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid, 'open' FROM generate_series(1, 100) i;
CREATE TABLE response ($COLUMNS_OF) $([ "$key" = - ] || echo "PARTITION BY HASH ($key)");
$([ "$key" = - ] || for ((i = 0; i < parts; i++)); do
  echo "CREATE TABLE response_$i PARTITION OF response FOR VALUES WITH (MODULUS $parts, REMAINDER $i);"; done)
$([ "$id" = - ] || echo "ALTER TABLE response ADD PRIMARY KEY (id);")
CREATE UNIQUE INDEX ON response (pseudonym, poll_id);
CREATE INDEX ON response (poll_id, batch);
$([ "$foreign" = - ] || echo "ALTER TABLE response ADD FOREIGN KEY (poll_id) REFERENCES poll_key (poll_id);")
SQL
}
values="md5(random()::text)::uuid, CASE WHEN random() < 0.1 THEN ('00000000-0000-0000-0000-' || lpad((2 + floor(random() * 99))::text, 12, '0'))::uuid
  ELSE '$HOT' END, sha256((random()::text || random()::text)::bytea), floor(random() * 4294967296)::bigint, 'r' || floor(random() * 8), '25-34', 'female', false,
  decode(repeat(md5(random()::text), 18), 'hex') || '\\x0000000000000000', '2026-03-01', NULL, 1,
  '[\"\",\"q1=\",\"q1=' || floor(random() * 4) || '\",\"q2=\",\"q2=' || floor(random() * 4) || '\",\"q3=\",\"q3=a\"]'"
cat > send.sql <<SQL
BEGIN;
SELECT state FROM poll_key WHERE poll_id = '$HOT';
INSERT INTO response SELECT md5(random()::text)::uuid, '$HOT', sha256((random()::text || random()::text)::bytea), 7, 'r1', '25-34', 'female', false,
  decode(repeat(md5(random()::text), 18), 'hex') || '\\x0000000000000000', '2026-03-01', NULL, 1, '["","q1=","q1=1","q2=","q2=2","q3=","q3=a"]'
  ON CONFLICT (pseudonym, poll_id) DO UPDATE SET content = EXCLUDED.content, counted = EXCLUDED.counted;
COMMIT;
SQL
# The same of 32 people at a time, as concurrent answers are gathered.
sed -e 's/^  ON CONFLICT/  FROM generate_series(1, 32) ON CONFLICT/' send.sql > send32.sql
look() { # What one person has answered, of so many open polls.
  for ((i = 1; i <= $1; i++)); do echo "\\set n$i random(1, 1000000000)"; done
  printf 'SELECT poll_id FROM response WHERE pseudonym IN (sha256(CAST(:n1::text AS bytea))'
  for ((i = 2; i <= $1; i++)); do printf ', sha256(CAST(:n%s::text AS bytea))' "$i"; done
  echo ');'
}
look 1 > look1.sql
look 8 > look8.sql
schemas=()
make() { layout "$@"; schemas+=("$1"); }
make flat - 1 yes yes
make flat_one_key - 1 - -
make by_poll_16 poll_id 16 - -
make by_pseudonym_8 pseudonym 8 - -
make by_pseudonym_16 pseudonym 16 - -
make by_pseudonym_16_foreign_key pseudonym 16 yes -
declare -A fill best
for schema in "${schemas[@]}"; do
  start=$(date +%s%N)
  sql -c "SET search_path = $schema" -c "INSERT INTO response SELECT $values FROM generate_series(1, $rows)"
  fill[$schema]=$((($(date +%s%N) - start) / 1000000))
  sql -c "SET search_path = $schema" -c "VACUUM ANALYZE response"
done
tps() { PGOPTIONS="-c search_path=$1 -c plan_cache_mode=${3:-auto}" "$bin/pgbench" -h "$folder" -U veche -n -M prepared -c 16 -j 2 -T "$seconds" \
  -f "$2" postgres 2>/dev/null | sed -n 's/^tps = \([0-9]*\).*/\1/p'; }
note() { local n; n=$(tps "$1" "$2" "${3:-auto}"); ((n > ${best[$1 $2 ${3:-auto}]:-0})) && best[$1 $2 ${3:-auto}]=$n || true; }
for round in 1 2 3; do
  for schema in "${schemas[@]}"; do
    sql -c CHECKPOINT
    note "$schema" send.sql
    note "$schema" send32.sql
    note "$schema" look1.sql
    note "$schema" look8.sql
    note "$schema" look8.sql force_generic_plan
  done
done
echo "layout | fill, ms | answers a second, one a commit | 32 a commit | looks for one poll | for eight | for eight, generic plan | count, ms | table, bytes a row | indexes, bytes a row"
for schema in "${schemas[@]}"; do
  sql -c "SET search_path = $schema" -c "VACUUM ANALYZE response"
  count=999999
  for round in 1 2 3; do
    start=$(date +%s%N)
    sql -c "SET search_path = $schema" -c "SELECT counted, region, age_band, gender, COUNT(*), SUM(record_key) FROM response WHERE poll_id = '$HOT' GROUP BY 1, 2, 3, 4" >/dev/null
    took=$((($(date +%s%N) - start) / 1000000)); ((took < count)) && count=$took || true
  done
  sizes=$(sql <<SQL
SET search_path = $schema;
WITH parts AS (SELECT relid FROM pg_partition_tree('response') WHERE isleaf UNION SELECT 'response'::regclass WHERE (SELECT relkind FROM pg_class WHERE oid = 'response'::regclass) = 'r'),
n AS (SELECT count(*) AS n FROM response)
SELECT round(sum(pg_table_size(relid)) / (SELECT n FROM n)) || ' | ' || round(sum(pg_indexes_size(relid)) / (SELECT n FROM n)) FROM parts;
SQL
)
  echo "$schema | ${fill[$schema]} | ${best[$schema send.sql auto]} | $((32 * best[$schema send32.sql auto])) | ${best[$schema look1.sql auto]} | ${best[$schema look8.sql auto]} | ${best[$schema look8.sql force_generic_plan]} | $count | $sizes"
done
