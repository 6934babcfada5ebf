"""The values of settings as commands and errors show them: only values whose declared form excludes a secret.

Any text can be a password, also a plain word in a setting that expects something else. A value is therefore hidden unless
its setting declares a form (a number, a choice, a project id, an address) and the value has it. `hinomi settings`,
`hinomi doctor`, the plan of deploy.sh and errors use these functions.
"""

from __future__ import annotations

import re

from shared.secret_urls import HIDDEN, shown_address, shown_database

# Regular expressions, compiled where they are used: a function that starts prints no setting.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})+"
_PROJECT_ID = r"[a-z][a-z0-9-]{4,28}[a-z0-9]"
_RESOURCE_ID = r"[A-Za-z][\w.~+%-]{2,254}"
NUMBER = r"\d{1,12}(?:\.\d{1,6})?"
DATE = r"\d{4}-\d\d-\d\d"
LANGUAGE = "en|ja"
CURRENCY = "[A-Z]{3}"
TIME_ZONE = r"UTC|[A-Z][A-Za-z]{1,20}(?:/[A-Z][A-Za-z_+-]{1,30}\d{0,2}){1,2}"
PROJECT_NUMBER = r"\d{1,20}"
PROJECT = rf"(?:{_DOMAIN}:)?{_PROJECT_ID}"
SCOPE = rf"(?:organizations|folders)/\d{{1,20}}|projects/{PROJECT}"
TOPIC = rf"projects/{PROJECT}/topics/{_RESOURCE_ID}"
SUBSCRIPTION = rf"projects/{PROJECT}/subscriptions/{_RESOURCE_ID}"
DATASET = rf"{PROJECT}\.\w{{1,1024}}"
LOCATION = r"US|EU|us|eu|[a-z]{2,20}-[a-z]{2,20}\d{1,2}"
SYSTEM = rf"{PROJECT}/(?:(?:{LOCATION})/)?[a-z][a-z0-9-]{{0,62}}"
RUN_LOCATION = rf"projects/{PROJECT}/locations/(?:{LOCATION})"
SERVICE_ACCOUNT = rf"{_LABEL}@(?:{_LABEL}\.){{1,3}}gserviceaccount\.com"
ADDRESS = rf"[A-Za-z0-9][\w.+-]{{0,63}}@{_DOMAIN}"
ADDRESSES = rf"{ADDRESS}(?:[, ]{{1,3}}{ADDRESS})*"
MAIL_SERVER = rf"smtps?://(?:{_DOMAIN}|localhost)(?::\d{{1,5}})?"
PERSON = rf"\*|\*@{_DOMAIN}|(?:group:)?{ADDRESS}"
AUDIENCE = rf"/projects/\d{{1,20}}/(?:locations/(?:{LOCATION})/services/[a-z][a-z0-9-]{{0,62}}|global/backendServices/\d{{1,20}})"
HOST = rf"(?:\*\.)?{_DOMAIN}"
LOOPBACK = r"(?:https?://)?(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?/?"
ROUTE = r"/(?:evidence|monitoring|ticks|reports(?:/[a-z][a-z0-9-]{0,40})?|results/[a-z][a-z0-9-]{0,40})?"
WORKER_MEMBER = (
    rf"serviceAccount:{SERVICE_ACCOUNT}|(?:user|group):{ADDRESS}"
    r"|principal(?:Set)?://iam\.googleapis\.com/[\w/.:@+*-]{1,400}"
)
PUSH_ACCOUNT = rf"{ROUTE}={SERVICE_ACCOUNT}"
PATH = r"(?:~|\.{1,2})?/[\w/.@ +-]{1,500}|\.[\w.-]{1,50}/[\w/.-]{1,200}|[\w/.-]{1,200}\.(?:ya?ml|json)"
FIELD_PATTERN = r"[\w.]{0,100}\*[\w.*]{0,100}|\w{1,100}(?:\.\w{1,100})+"
REPORT = (
    r"(?:daily|weekly) {1,3}(?:teams|email|apprise|webhook|pubsub)(?::\w{1,40})?(?: {1,3}(?:mon|tue|wed|thu|fri|sat|sun))?"
    r" {1,3}\d{1,2}:\d\d"
)
# Forms of which a part is shown.
URL, DATABASE = "a URL", "a URL of a database"
_SHOWN_WITHOUT_FORM = 5  # characters of an invalid value: `week` for a number, `fr` for a language


def is_date(text: str) -> bool:
    """Whether a text is a day such as 2027-01-31."""
    from datetime import date  # noqa: PLC0415 - one setting is a day, and rarely set

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def shown_setting(form: str, value: str, default: str = "") -> str:
    """The value if it has the form of its setting or is the default; otherwise `<secret>`. Empty for an empty value.

    Of a URL without a user and options, its scheme, host and port are shown; of a database, also its name.
    """
    if value in ("", default):
        return value
    if form == URL:
        return shown_address(value)
    if form == DATABASE:
        return shown_database(value)
    return value if form and re.fullmatch(form, value, re.ASCII) else HIDDEN


def shown_invalid(value: str, form: str = "") -> str:
    """An invalid value for an error message, shown only if it is short or has the form; it might be a secret."""
    return value if len(value) <= _SHOWN_WITHOUT_FORM else shown_setting(form, value)
