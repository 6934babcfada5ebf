-- A year of data that ends at :now, made inside PostgreSQL for benchmarks/dashboard.py, which gives the numbers of rows.

CREATE FUNCTION pick(words text, number bigint) RETURNS text IMMUTABLE LANGUAGE sql
AS 'SELECT (string_to_array(words, '' ''))[1 + number % array_length(string_to_array(words, '' ''), 1)]';

CREATE FUNCTION person(number bigint) RETURNS text IMMUTABLE LANGUAGE sql
AS 'SELECT ''person'' || number || ''@example.com''';

CREATE FUNCTION bucket(number bigint) RETURNS text IMMUTABLE LANGUAGE sql
AS 'SELECT ''//storage.googleapis.com/bucket-'' || lpad(number::text, 6, ''0'')';

INSERT INTO incidents (id, fingerprint, rule, title, kind, severity, service, project, resource, principal, summary,
    status, opened_at, last_seen_at, occurrence_count, resolved_at, resolved_by, labels, received_at)
SELECT n, md5(CASE WHEN is_open THEN 'open' || n ELSE (n % 200000)::text END),
    pick('bigquery/job_failed composer/task_failed storage/public_bucket iam/owner_granted dataflow/job_failed', n),
    'A scheduled job failed', pick('job_failure job_failure irregular_access irregular_access job_failure', n),
    pick('low medium medium high critical low medium', n), pick('bigquery composer storage iam dataflow', n),
    'project-' || n % 20, 'project-' || n % 20 || '.mart.table_' || n % 3000, person(n % 500),
    'Job daily-' || n % 300 || ' failed: Access Denied: table_' || n % 3000,
    CASE WHEN is_open THEN 'open' ELSE 'resolved' END, opened, opened + interval '20 minutes', 5,
    CASE WHEN NOT is_open THEN opened + interval '1 hour' END,
    CASE WHEN NOT is_open THEN pick('recovery person quiet', n) END, '{}', opened + interval '20 seconds'
FROM generate_series(1, :incidents) AS n, LATERAL (SELECT n > :incidents - :unresolved AS is_open,
    :now - (:incidents - n) * (interval '365 days' / :incidents) AS opened) AS made;

INSERT INTO fingerprint_state (fingerprint, rule, touched_at)
SELECT DISTINCT ON (fingerprint) fingerprint, rule, opened_at FROM incidents;

INSERT INTO occurrences (id, incident_id, rule, fingerprint, event_key, severity, time, received_at, message_id, log_name,
    insert_id, log_url, principal, summary, evidence)
SELECT n, incidents.id, rule, fingerprint, 'event-' || n, severity, seen, seen + interval '20 seconds', n::text,
    'projects/p/logs/cloudaudit.googleapis.com%2Fdata_access', n::text,
    'https://console.cloud.google.com/logs/query;query=' || n, principal, summary,
    jsonb_build_object('matched', jsonb_build_object('status.code', 7, 'resource', resource))
FROM generate_series(1, :occurrences) AS n JOIN incidents ON incidents.id = 1 + (n - 1) % :incidents,
    LATERAL (SELECT opened_at + n / :incidents * interval '4 minutes' AS seen) AS made;

INSERT INTO action_runs (id, incident_id, handler_rule, trigger, cause, action, target, params, mode, state, reason,
    attempts, not_before, created_at, started_at, finished_at)
SELECT n, id, 'rule-' || n % 20, 'opened', 'event-' || n,
    CASE WHEN n % 40 = 0 THEN 'remove_iam_member' ELSE 'email' END, 'email:team-' || n % 5, '{}', 'auto', state,
    CASE WHEN state = 'skipped' THEN 'cooldown' END, 1, received_at, received_at,
    received_at, received_at + interval '2 seconds'
FROM generate_series(1, :incidents / 2) AS n JOIN incidents ON incidents.id = :incidents / 2 + n,
    LATERAL (SELECT pick('done done done skipped', n / 4) AS state) AS made;

INSERT INTO resources (name, asset_type, project, policy_key, seen_by, ancestors)
SELECT bucket(n), 'storage.googleapis.com/Bucket', 'project-' || n % 20, '', 1,
    jsonb_build_array('projects/project-' || n % 20, 'folders/' || n % 5, 'organizations/1')
FROM generate_series(1, :resources) AS n;

INSERT INTO bindings (resource, role, member, condition_key, valid_from, exact_from, exact_to, seen_by)
SELECT bucket(1 + n % :resources), pick('roles/bigquery.dataViewer roles/bigquery.dataEditor roles/storage.objectViewer '
    || 'roles/storage.objectAdmin roles/bigquery.dataOwner roles/viewer roles/storage.admin roles/pubsub.publisher', place),
    'user:' || person((n * 7 + place) % 5000), md5(place::text), :now - n % 300 * interval '1 day', n % 2 = 0, false, 1
FROM generate_series(1, :bindings) AS n, LATERAL (SELECT n / :resources AS place) AS made;

INSERT INTO roles (name, valid_from, title, stage, permissions)
SELECT pick('roles/bigquery.dataViewer roles/bigquery.dataEditor roles/storage.objectViewer roles/storage.objectAdmin '
    || 'roles/bigquery.dataOwner roles/viewer roles/storage.admin roles/pubsub.publisher', n),
    :now - interval '1 year', 'Role', 'GA', '["storage.objects.get", "storage.objects.list"]'
FROM generate_series(1, 8) AS n;

INSERT INTO user_actions (hour, key, project, principal, service, method, resource, count, denied, first_at, last_at,
    networks, permissions)
SELECT hour, md5(n::text), 'project-' || n % 20, person(n % 5000), 'storage.googleapis.com', 'storage.objects.get',
    bucket(1 + n % :resources), 5, 0, hour, hour, '[]', '["storage.objects.get"]'
FROM generate_series(1, :bindings / 5) AS n, LATERAL (SELECT :now - n % 2000 * interval '1 hour' AS hour) AS made;

INSERT INTO coverage (subject, since, until)
SELECT pick('admin_activity data_access', n) || '/projects/project-' || n / 2, :now - interval '120 days', :now
FROM generate_series(0, 39) AS n;

INSERT INTO job_runs (service, project, run_id, job_name, parent, state, created_at, start_at, end_at, attempt, error,
    principal, labels, slot_ms, bytes_billed, statement_type, query_key, destination, sources)
SELECT pick('bigquery bigquery bigquery airflow', n), 'project-' || n % 20, 'run-' || n,
    CASE WHEN n % 4 = 2 THEN person(n % 100) ELSE 'job-' || n % 400 END, '',
    CASE WHEN n % 50 = 0 THEN 'failed' ELSE 'succeeded' END, start, start, start + (60 + n % 90) * interval '1 second', 1,
    '', person(n % 100), jsonb_build_object('team', 'team-' || n % 8), n % 1000 * 3600, n::bigint % 900 * 100000000, 'SELECT', '',
    'project.mart_' || n % 12 || '.t', jsonb_build_array('project.raw_' || n % 15 || '.a', 'project.clean_' || n % 9 || '.b')
FROM generate_series(1, :runs) AS n,
    LATERAL (SELECT :now - (:runs - n) * (interval '365 days' / :runs) - interval '3 minutes' AS start) AS made;

INSERT INTO snapshots (collector, scope, slot, window_end, state, row_count, api_calls, bytes_billed, attempts, stalls, started_at,
    taken_at, finished_at)
SELECT collector, 'organizations/1', slot, slot, 'done', 10, 1, 0, 1, 0, slot, slot, slot + interval '5 seconds'
FROM generate_series(0, 2400) AS hour,
    unnest('{iam.bindings,iam.roles,bigquery.jobs,metrics.series,airflow.runs,audit.actions}'::text[]) AS collector,
    LATERAL (SELECT :now - hour * interval '1 hour' AS slot) AS made
