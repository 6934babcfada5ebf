"""The settings of Hinomi. Only this module reads the environment."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import field, fields
from pathlib import Path
from typing import Any

from shared import connections
from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.redaction import setting_values as forms
from shared.redaction.setting_values import shown_invalid
from shared.secret import Secret
from shared.secret_urls import is_loopback
from shared.texts import LANGUAGES
from shared.texts import validation as texts

ROOT = Path(__file__).resolve().parent.parent

# Cloud Run sets these, or they are built from several variables: they have no HINOMI_ variable.
_NOT_A_VARIABLE = ("on_google_cloud", "connections", "environment")


def _setting(default: Any, doc: str, form: str = "") -> Any:
    """A setting with its default and meaning. `form` as in shared/setting.py; for a list, the form of each part."""
    return field(default=default, metadata={"doc": doc, "form": form})


def _number(default: float, doc: str) -> Any:
    return _setting(default, doc, forms.NUMBER)


def _endpoint(doc: str) -> Any:
    return _setting("", doc, forms.LOOPBACK)


def _url(default: str, doc: str) -> Any:
    """Marks a URL that may contain a password, so that the repr of the settings leaves it out."""
    return field(default=default, metadata={"doc": doc, "form": forms.DATABASE}, repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting: the environment variable `HINOMI_<NAME>`, its default and its meaning.

    `connections` are the connections of shared/connections, by module and name. `environment` has all other HINOMI_ variables, of
    which a plug-in reads those that it declares (shared/setting.py).
    """

    error_db_url: str = _url(
        "sqlite:///.hinomi/error.db", "SQLAlchemy URL of the Error DB. Production: `postgresql+psycopg://…`."
    )
    schema_db_url: str = _url(
        "sqlite:///.hinomi/schema.db", "SQLAlchemy URL of the Schema DB. Production: `postgresql+psycopg://…`."
    )
    scope: str = _setting(
        "",
        "Where IAM bindings are read: `organizations/N`, `folders/N` or empty for the projects of HINOMI_PROJECTS.",
        forms.SCOPE,
    )
    platform_file: str = _setting(
        "", "Path of the platform map (YAML), such as `rules/platform.yaml`; empty: none.", forms.PATH
    )
    rules_dir: Path = _setting(
        ROOT / "rules", "Folder of the rules, the metric catalogue and handlers.yaml.", forms.PATH
    )
    actions_dir: str = _setting(
        "",
        "Folder of the scripts that `run_script` may run (docs/scripts.md); empty: `actions` beside HINOMI_RULES_DIR.",
        forms.PATH,
    )
    language: str = _setting("en", "Language of cards and of the command line: `en` or `ja`.", forms.LANGUAGE)
    timezone: str = _setting("UTC", "Time zone of cards and the command line, such as `Asia/Tokyo`.", forms.TIME_ZONE)
    link_hosts: tuple[str, ...] = _setting(
        (),
        "Comma-separated hosts that links in messages and in `hinomi incidents` may open besides the Google Cloud console, the dashboard and the "
        "Airflow connections, such as `wiki.example.com` or `*.example.com`; other links of reports and runbooks are omitted.",
        forms.HOST,
    )
    card_window_seconds: int = _number(
        120,
        "Seconds in which a notification channel gets at most three cards of single incidents. The other notifications of that time share a digest at its end.",
    )
    dashboard_url: str = _setting(
        "", "Base URL of the dashboard, such as `https://dashboard.example.com`, for the button on a card.", forms.URL
    )
    dashboard_audience: str = _setting(
        "",
        "Audience of the tokens with which Identity-Aware Proxy identifies people to the deployed dashboard, such as "
        "`/projects/NUMBER/locations/REGION/services/dashboard`. deploy.sh sets it. Empty: the deployed dashboard rejects everyone.",
        forms.AUDIENCE,
    )
    dashboard_viewers: tuple[str, ...] = _setting(
        ("*",),
        "Comma-separated e-mail addresses, patterns such as `*@example.com`, or groups such as `group:platform@example.com`, of the people who may read the dashboard. "
        "The default `*` is everyone whom Identity-Aware Proxy lets through.",
        forms.PERSON,
    )
    dashboard_operators: tuple[str, ...] = _setting(
        (),
        "Like HINOMI_DASHBOARD_VIEWERS: the people who may also acknowledge, resolve, silence, approve and undo.",
        forms.PERSON,
    )
    dashboard_admins: tuple[str, ...] = _setting(
        (),
        "Like HINOMI_DASHBOARD_VIEWERS: the people who may also change handler rules and channels.",
        forms.PERSON,
    )
    dashboard_log_lines: int = _number(
        0,
        "Number of log lines around the entry of an incident, up to 100, that an operator may fetch from Cloud Logging to its page; "
        "they are kept as evidence. 0: none; the dashboard's account then needs no permission.",
    )
    reason_log_entries: int = _number(100, "Log entries, up to 500, that are read to find why a job failed. 0: none.")
    projects: tuple[str, ...] = _setting(
        (),
        "Comma-separated project ids that are monitored, such as `shop-prod,shop-test`: the load check reads their metrics, history_analysis their history.",
        forms.PROJECT,
    )
    project_numbers: tuple[str, ...] = _setting(
        (),
        "Comma-separated numbers of projects whose Google service agents may get powerful roles without an incident, besides those "
        "that snapshots see in HINOMI_SCOPE. deploy.sh adds those of the monitored projects. If none are known, agents of any project "
        "may (docs/security.md).",
        forms.PROJECT_NUMBER,
    )
    projects_max: int = _number(
        50,
        "The maximum number of monitored projects if HINOMI_SCOPE is a folder or an organization. Those of HINOMI_PROJECTS "
        "come first; 0: no others. Each project is read every five minutes, which costs money (docs/deploying.md).",
    )
    long_job_minutes: int = _number(
        240,
        "Minutes of running time after which a BigQuery job is an incident `bigquery/job_running_long`; 0: never (docs/load.md).",
    )
    airflow_waiting_minutes: int = _number(
        30,
        "Minutes after which an Airflow task that is scheduled or queued, but not started, is an incident "
        "`airflow/waiting_long`, one for each DAG, while its past waits are unknown; 0: never (docs/airflow.md).",
    )
    airflow_running_hours: int = _number(
        24,
        "Hours of running time after which an Airflow task is an incident `airflow/running_long`, one for each DAG, while its past runs are unknown; 0: never (docs/airflow.md).",
    )
    project: str = _setting(
        "",
        "Project id of Hinomi itself, such as `my-monitoring`. It links log entries to their traces, and distinguishes Hinomi's functions from "
        "functions of the same names in other projects.",
        forms.PROJECT,
    )
    evidence_topic: str = _setting(
        "",
        "`projects/P/topics/T` that the log sinks write to; `hinomi dlq replay` publishes to it, and messages of another "
        "kind to the topic beside it, such as `hinomi-reports-airflow` beside `hinomi-evidence`.",
        forms.TOPIC,
    )
    dead_letter_subscription: str = _setting(
        "",
        "`projects/P/subscriptions/S` of the dead-letter topic, read by `hinomi dlq`; empty: only the Error DB.",
        forms.SUBSCRIPTION,
    )
    service_accounts: tuple[str, ...] = _setting(
        (),
        "Comma-separated e-mail addresses of Hinomi's own accounts, that of metrics-analysis first: it runs the actions. "
        "Calls that collectors, detectors and actions declare, and changes of an action run, open no incident; any other call "
        "by them is an incident of high severity.",
        forms.SERVICE_ACCOUNT,
    )
    push_accounts: tuple[str, ...] = _setting(
        (),
        "Comma-separated `PATH=EMAIL`: the service account whose token a call of metrics-analysis on this path must carry, "
        "such as `/reports/airflow=hinomi-push-reports@P.iam.gserviceaccount.com`. deploy.sh sets it. Empty: every caller "
        "of the function may call every path.",
        forms.PUSH_ACCOUNT,
    )
    shared_reports_until: str = _setting(
        "",
        "Last day (UTC, such as `2027-01-31`) on which `/reports`, the path that earlier versions shared among all "
        "reporters, accepts reports on Google Cloud. deploy.sh sets it for 30 days when it upgrades such an installation. "
        "Empty: closed; each reporter has a topic and a path of its own.",
        forms.DATE,
    )
    trigger_route: str = _setting(
        "/evidence",
        "Kind of message that a function deployed with `--trigger-topic` accepts on Google Cloud: `/evidence`, "
        "`/monitoring`, `/reports/NAME` of a declared reporter, or `/ticks`. Such a function has one topic, so deploy one "
        "for each kind and each reporter.",
        forms.ROUTE,
    )
    trigger_topic: str = _setting(
        "",
        "`projects/P/topics/T` of `--trigger-topic`: on Google Cloud such a function rejects events of every other topic. "
        "Empty: it accepts only audit log events of Eventarc.",
        forms.TOPIC,
    )
    function_names: tuple[str, ...] = _setting(
        ("metrics-analysis", "history-analysis", "dashboard"),
        "Comma-separated Cloud Run service names of Hinomi itself; their log entries open no incident.",
    )
    redact: tuple[str, ...] = _setting(
        ("*password*", "*secret*", "*token*", "*private_key*", "*privateKey*", "*.query", "*.queryConfig.query"),
        "Comma-separated patterns of field paths whose values are `<redacted>` in incidents, their evidence, the stored "
        "start of an operation, counted calls, cards and other texts. Of values that a correlation counts, only a digest is stored. "
        "Stored unredacted in the Error DB: the parts of a split audit entry until all have arrived (or "
        "HINOMI_LATENESS_SECONDS have passed), because a value may be split, too; and messages that cannot be parsed, for "
        "HINOMI_RETENTION_DAYS, so that they can be read and replayed. History in an incident (changes before it, access "
        "that violates the map) is redacted by the paths of its columns (docs/security.md); the Schema DB contains the values.",
        forms.FIELD_PATTERN,
    )
    rejected_megabytes: int = _number(
        200, "Maximum size of all rejected messages in megabytes; the oldest are deleted first."
    )
    retention_days: int = _number(400, "Days until resolved incidents and their occurrences are deleted.")
    history_fine_days: int = _number(
        14, "Days until samples of metrics are deleted; on PostgreSQL up to a month longer."
    )
    history_hourly_days: int = _number(365, "Days until hourly points are deleted; daily points are never deleted.")
    history_jobs_days: int = _number(1095, "Days until job runs and table sizes are deleted.")
    history_actions_days: int = _number(730, "Days until user actions are deleted; on PostgreSQL up to a month longer.")
    history_budget_seconds: int = _number(
        150,
        "Seconds after which history_analysis stops and leaves checkpoints: less than the attempt deadline of the "
        "Cloud Scheduler job (180 unless set) and the time limit of the function.",
    )
    bigquery_history: str = _setting(
        "",
        "`project.dataset` of BigQuery that the large tables are copied to (docs/bigquery-target.md); empty: none.",
        forms.DATASET,
    )
    lateness_seconds: int = _number(
        900,
        "Seconds that the sweep waits for the missing parts of a split audit entry before it reads the parts that have "
        "arrived. Correlation rules need no such limit: they count by event time, however late an entry arrives.",
    )
    on_google_cloud: bool = False  # set by Cloud Run, so there is no HINOMI_ variable
    connections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    environment: Mapping[str, Secret] = field(default_factory=dict)
    vertex_locations: tuple[str, ...] = _setting(
        (),
        "Comma-separated regions whose Vertex AI jobs are collected, such as `europe-west1`; empty: none.",
        forms.LOCATION,
    )
    bigquery_locations: tuple[str, ...] = _setting(
        (),
        "Comma-separated BigQuery locations, such as `EU,europe-west1`, that are always searched for jobs and tables. "
        "The locations of listed jobs and datasets are found automatically.",
        forms.LOCATION,
    )
    history_first_days: int = _number(
        7, "Days of history that the first snapshot reads; Google keeps metrics for 42 days and BigQuery jobs for 180."
    )
    price_per_tib: float = _number(
        6.25,
        "Price of a TiB that BigQuery bills on demand; the default is Google's list price in US dollars for the US "
        "multi-region (cloud.google.com/bigquery/pricing).",
    )
    price_per_slot_hour: float = _number(
        0.06,
        "Price of a slot-hour, for jobs in a reservation; the default is Google's list price in US "
        "dollars for Enterprise edition without a commitment in the US multi-region (Standard 0.04, Enterprise Plus "
        "0.10; cloud.google.com/bigquery/pricing).",
    )
    currency: str = _setting("USD", "Currency of these prices (ISO 4217), such as `JPY`.", forms.CURRENCY)
    reports: tuple[str, ...] = _setting(
        (),
        "Comma-separated scheduled reports: `daily` or `weekly`, the channel, for a weekly report the day, and the "
        "local time, such as `daily teams 07:00, weekly email:data mon 08:00`. The language and the time zone are those of "
        "the channel (docs/reports.md).",
        forms.REPORT,
    )
    minutes_per_remediation: int = _number(
        20, "Minutes that a person needs for the work of one remediation, for the hours saved in reports."
    )
    monitoring_endpoint: str = _endpoint("host:port of a local Cloud Monitoring server (loopback only).")
    storage_endpoint: str = _endpoint("URL of a local Cloud Storage server (loopback only).")
    resourcemanager_endpoint: str = _endpoint("URL of a local Resource Manager server (loopback only).")
    bigquery_endpoint: str = _endpoint("URL of a local BigQuery server (loopback only).")
    asset_endpoint: str = _endpoint("host:port of a local Cloud Asset Inventory server (loopback only).")
    logging_endpoint: str = _endpoint("host:port of a local Cloud Logging server (loopback only).")
    iam_endpoint: str = _endpoint("URL of a local server for IAM, Cloud Identity and Policy Analyzer (loopback only).")
    aiplatform_endpoint: str = _endpoint("URL of a local Vertex AI server (loopback only).")
    dataflow_endpoint: str = _endpoint("URL of a local Dataflow server (loopback only).")
    pubsub_endpoint: str = _endpoint("URL of a local Pub/Sub server (loopback only).")
    compute_endpoint: str = _endpoint("URL of a local Compute Engine server (loopback only).")
    run_endpoint: str = _endpoint("URL of a local Cloud Run server (loopback only).")
    scheduler_endpoint: str = _endpoint("URL of a local Cloud Scheduler server (loopback only).")
    transfer_endpoint: str = _endpoint("URL of a local BigQuery Data Transfer server (loopback only).")
    workflows_endpoint: str = _endpoint("URL of a local Cloud Workflows server (loopback only).")
    policy_endpoint: str = _endpoint(
        "URL of a local server for the IAM policies of functions, keys, repositories and secrets (loopback only)."
    )

    @property
    def actions_folder(self) -> Path:
        """The folder of the scripts: HINOMI_ACTIONS_DIR, or `actions` beside the rules."""
        return Path(self.actions_dir) if self.actions_dir else self.rules_dir.parent / "actions"


def function_target() -> str:
    """The name of the function that this process serves, as functions-framework sets it; empty outside of a function."""
    return os.environ.get("FUNCTION_TARGET", "")


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment. Raises InputError that names the variable when its value is invalid."""
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for item in fields(Settings):
        text = environ.get(f"HINOMI_{item.name.upper()}")
        if text is not None and item.name not in _NOT_A_VARIABLE:
            values[item.name] = _parse(item.name, text, item.default)
    values["environment"] = _environment(environ)
    values["connections"] = connections.read(values["environment"])
    values["on_google_cloud"] = "K_SERVICE" in environ  # docs.cloud.google.com/run/docs/container-contract
    settings = Settings(**values)
    _check(settings)
    return settings


def form_of(variable: str) -> tuple[str, Any] | None:
    """The form and the default of a variable that is a field of Settings; None for other variables."""
    for item in fields(Settings):
        if "doc" in item.metadata and variable == f"HINOMI_{item.name.upper()}":
            return item.metadata["form"], item.default
    return None


def language() -> str:
    """The language of HINOMI_LANGUAGE, or English if it is invalid: for messages before the settings are read."""
    named = os.environ.get("HINOMI_LANGUAGE", "")
    return named if named in LANGUAGES else "en"


def timezone() -> str:
    """The time zone name in HINOMI_TIMEZONE, for code that runs without settings."""
    return os.environ.get("HINOMI_TIMEZONE", "") or "UTC"


def variables(prefix: str, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables whose names begin with `prefix`, by the rest of their names. For variables outside of Settings."""
    environment = os.environ if environ is None else environ
    return {name[len(prefix) :]: value for name, value in environment.items() if name.startswith(prefix)}


def _parse(name: str, text: str, default: Any) -> Any:
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if isinstance(default, Path):
        return Path(text)
    if isinstance(default, int):
        if not text.strip().isdecimal():
            raise InputError(texts.WHOLE_NUMBER(name=f"HINOMI_{name.upper()}", value=shown_invalid(text)))
        return int(text)
    if isinstance(default, float):
        return _parsed_number(name, text)
    return text.strip()


def _parsed_number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise InputError(texts.NUMBER(name=f"HINOMI_{name.upper()}", value=shown_invalid(text)))
    return value


def _environment(environ: Mapping[str, str]) -> dict[str, Secret]:
    """The HINOMI_ variables that no field of Settings reads."""
    own = {f"HINOMI_{item.name.upper()}" for item in fields(Settings)}
    return {
        name: Secret(value.strip()) for name, value in environ.items() if name.startswith("HINOMI_") and name not in own
    }


def _check(settings: Settings) -> None:
    if settings.language not in LANGUAGES:
        raise InputError(texts.LANGUAGE(value=shown_invalid(settings.language)))
    if settings.bigquery_history and not re.fullmatch(r"[a-z][\w:.-]*\.\w+", settings.bigquery_history):
        raise InputError(texts.BIGQUERY_HISTORY(value=shown_invalid(settings.bigquery_history)))
    if settings.shared_reports_until and not forms.is_date(settings.shared_reports_until):
        raise InputError(texts.SHARED_REPORTS_UNTIL(value=shown_invalid(settings.shared_reports_until)))
    if settings.trigger_topic and not re.fullmatch(r"projects/[^/\s]+/topics/[^/\s]+", settings.trigger_topic):
        raise InputError(texts.TRIGGER_TOPIC(value=shown_invalid(settings.trigger_topic)))
    if odd := [name for name in settings.bigquery_locations if not re.fullmatch(r"[A-Za-z0-9-]+", name)]:
        raise InputError(texts.BIGQUERY_LOCATIONS(value=shown_invalid(odd[0])))
    if odd := [text for text in settings.project_numbers if not re.fullmatch(forms.PROJECT_NUMBER, text, re.ASCII)]:
        raise InputError(texts.PROJECT_NUMBERS(value=shown_invalid(odd[0])))
    if not re.fullmatch(forms.CURRENCY, settings.currency):
        raise InputError(texts.CURRENCY(value=shown_invalid(settings.currency)))
    for name in (item.name for item in fields(Settings) if item.name.endswith("_endpoint")):
        if (endpoint := getattr(settings, name)) and not is_loopback(endpoint):
            raise InputError(texts.ENDPOINT(name=f"HINOMI_{name.upper()}"))
