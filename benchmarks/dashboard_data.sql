-- A year of data that ends at :now, made inside PostgreSQL for benchmarks/dashboard.py, which gives the numbers of rows.

CREATE FUNCTION pick(words text, number bigint) RETURNS text IMMUTABLE LANGUAGE sql
AS 'SELECT (string_to_array(words, '' ''))[1 + number % array_length(string_to_array(words, '' ''), 1)]';

CREATE FUNCTION person(number bigint) RETURNS text IMMUTABLE LANGUAGE sql
AS 'SELECT ''person'' || number || ''@example.com''';

-- A number below `sides` that depends on `number` as if by chance, another one for each `salt`.
CREATE FUNCTION dice(number bigint, salt bigint, sides bigint) RETURNS bigint IMMUTABLE LANGUAGE sql
AS 'SELECT (hashint8extended(number, salt) & 1073741823) % sides';

CREATE FUNCTION bucket(number bigint) RETURNS text IMMUTABLE LANGUAGE sql
AS 'SELECT ''//storage.googleapis.com/bucket-'' || lpad(number::text, 6, ''0'')';

-- Six of ten incidents are of one rule, and a third are of one account. A tenth of the problems never come back.
INSERT INTO incidents (id, fingerprint, rule, title, kind, severity, service, project, resource, principal, summary,
    status, opened_at, last_seen_at, occurrence_count, resolved_at, resolved_by, labels, received_at)
SELECT n, md5(CASE WHEN is_open OR n % 10 = 0 THEN 'once' || n ELSE rule || dice(n, 1, 100000) END),
    split_part(rule, ' ', 1), 'A scheduled job failed', split_part(rule, ' ', 2),
    pick('low medium medium high critical low medium', dice(n, 2, 7)), split_part(rule, '/', 1),
    'project-' || dice(n, 3, 20), 'project-' || dice(n, 3, 20) || '.mart.table_' || dice(n, 4, 3000),
    CASE WHEN n % 3 = 0 THEN 'pipeline@example.com' ELSE person(dice(n, 5, 500)) END,
    'Job daily-' || dice(n, 6, 300) || ' failed: Access Denied: table_' || dice(n, 4, 3000),
    CASE WHEN is_open THEN 'open' ELSE 'resolved' END, opened, opened + interval '20 minutes', 5,
    CASE WHEN NOT is_open THEN opened + interval '1 hour' END,
    CASE WHEN NOT is_open THEN pick('recovery person quiet', dice(n, 7, 3)) END, '{}', opened + interval '20 seconds'
FROM generate_series(1, :incidents) AS n, LATERAL (SELECT n > :incidents - :unresolved AS is_open,
    :now - (:incidents - n) * (interval '365 days' / :incidents) AS opened,
    CASE WHEN dice(n, 8, 10) < 6 THEN 'bigquery/job_failed job_failure'
        ELSE replace(pick('composer/task_failed|job_failure composer/dag_import_failed|job_failure '
            || 'dataflow/job_failed|job_failure iam/owner_granted|irregular_access storage/rate_limited|load_issue '
            || 'iam/audit_logging_reduced|irregular_access bigquery/job_refused|job_failure '
            || 'scheduler/attempt_failed|job_failure logging/sink_removed|irregular_access '
            || 'storage/public_bucket|irregular_access', dice(n, 9, 10)), '|', ' ') END AS rule) AS made;

INSERT INTO fingerprint_state (fingerprint, rule, touched_at)
SELECT DISTINCT ON (fingerprint) fingerprint, rule, opened_at FROM incidents;

-- A fifth of the occurrences are of ten incidents, the latest among them, for two days each.
INSERT INTO occurrences (id, incident_id, rule, fingerprint, event_key, severity, time, received_at, message_id, log_name,
    insert_id, log_url, principal, summary, evidence)
SELECT n, incidents.id, rule, fingerprint, 'event-' || n, severity, seen, seen + interval '20 seconds', n::text,
    'projects/p/logs/cloudaudit.googleapis.com%2Fdata_access', n::text,
    'https://console.cloud.google.com/logs/query;query=' || n, principal, summary,
    jsonb_build_object('matched', jsonb_build_object('status.code', 7, 'resource', resource))
FROM generate_series(1, :occurrences) AS n CROSS JOIN LATERAL (SELECT n % 5 = 0 AS is_hot) AS kind
    JOIN incidents ON incidents.id = CASE WHEN is_hot THEN :incidents - n / 5 % 10 * (:incidents / 10) ELSE 1 + (n - 1) % :incidents END,
    LATERAL (SELECT CASE WHEN is_hot THEN opened_at - n::float / :occurrences * interval '2 days'
        ELSE opened_at + n / :incidents * interval '4 minutes' END AS seen) AS made;

UPDATE incidents SET occurrence_count = counted.number, opened_at = counted.first, last_seen_at = counted.last,
    received_at = counted.first + interval '20 seconds'
FROM (SELECT incident_id, count(*) AS number, min(time) AS first, max(time) AS last FROM occurrences GROUP BY incident_id) AS counted
WHERE counted.incident_id = incidents.id AND incidents.id % (:incidents / 10) = 0;

-- The worker adds the changes that the triggers recorded to the counts, in small transactions.
INSERT INTO incident_hours (rule, hour, resolved_by, acknowledged, count)
SELECT rule, hour, resolved_by, acknowledged, sum(change) FROM incident_hour_changes
GROUP BY rule, hour, resolved_by, acknowledged HAVING sum(change) <> 0;

TRUNCATE incident_hour_changes;

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

INSERT INTO resources (name, asset_type, project, policy_key, seen_by, ancestors)
SELECT '//cloudresourcemanager.googleapis.com/projects/project-' || n, 'cloudresourcemanager.googleapis.com/Project', 'project-' || n, '', 1,
    jsonb_build_array('folders/' || n % 5, 'organizations/1')
FROM generate_series(0, 19) AS n
UNION ALL SELECT '//cloudresourcemanager.googleapis.com/folders/' || n, 'cloudresourcemanager.googleapis.com/Folder', '', '', 1,
    jsonb_build_array('organizations/1') FROM generate_series(0, 4) AS n
UNION ALL SELECT '//cloudresourcemanager.googleapis.com/organizations/1', 'cloudresourcemanager.googleapis.com/Organization', '', '', 1, '[]';

-- Each hundredth binding is of one account; each project, folder and the organization have some, of people and groups.
INSERT INTO bindings (resource, role, member, condition_key, valid_from, exact_from, exact_to, seen_by)
SELECT bucket(1 + n % :resources), pick('roles/bigquery.dataViewer roles/bigquery.dataEditor roles/storage.objectViewer '
    || 'roles/storage.objectAdmin roles/bigquery.dataOwner roles/viewer roles/storage.admin roles/pubsub.publisher', place),
    'user:' || person(CASE WHEN (n + place) % 100 = 0 THEN 7 ELSE (n * 7 + place) % 5000 END), md5(place::text),
    :now - n % 300 * interval '1 day', n % 2 = 0, false, 1
FROM generate_series(1, :bindings) AS n, LATERAL (SELECT n / :resources AS place) AS made;

INSERT INTO bindings (resource, role, member, condition_key, valid_from, exact_from, exact_to, seen_by)
SELECT name, pick('roles/viewer roles/storage.objectViewer roles/bigquery.dataViewer', n),
    CASE WHEN n % 5 = 0 THEN 'group:team-' || n || '@example.com' ELSE 'user:' || person(dice(n, length(name), 5000)) END,
    '', :now - n * interval '3 day', false, false, 1
FROM resources, generate_series(1, 40) AS n WHERE name LIKE '//cloudresourcemanager%';

INSERT INTO group_members ("group", member, valid_from)
SELECT 'team-' || n || '@example.com', 'user:' || person((n * 50 + place) % 5000), :now - interval '200 days'
FROM generate_series(5, 40, 5) AS n, generate_series(1, 30) AS place;

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
    CASE WHEN n % 40 = 1 THEN 'job-1' WHEN n % 4 = 2 THEN person(n % 100) ELSE 'job-' || n % 400 END, '',
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
