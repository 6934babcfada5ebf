"""The service account of an incident, over the IAM API.

Formats: docs.cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts (get, disable, enable) and
…/projects.serviceAccounts.keys. The calls have no etag; disabling a disabled account changes nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from handlers.remediations.model import Call
from handlers.remediations.reads import read
from shared.errors import TargetRefusal, TargetRefusedError
from shared.identity.iam_names import is_service_account
from shared.lazy.dataclass import dataclass
from shared.texts import Template, Text
from shared.texts.remediations import iam as texts

if TYPE_CHECKING:
    from handlers.context import ActionContext
    from shared.config import Settings
    from shared.records import IncidentView

_PROJECT = re.compile(r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{2,61}[a-z0-9]")
_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}@[a-z0-9][a-z0-9.-]{1,150}")
_UNIQUE_ID = re.compile(r"\d{5,30}")
_KEY = re.compile(r"[A-Za-z0-9]{8,64}")


@dataclass(frozen=True, slots=True)
class Named:
    """A service account, or one of its keys. `name` is its full name in the IAM API."""

    project: str
    account: str
    key: str = ""

    @property
    def name(self) -> str:
        """The name in the IAM API: `projects/P/serviceAccounts/A`, or `…/keys/K`."""
        account = f"projects/{self.project}/serviceAccounts/{self.account}"
        return f"{account}/keys/{self.key}" if self.key else account


def account_of(incident: IncidentView, address: str = "") -> Named:
    """The account `address`, or the account in the incident; always in the project of the incident.

    Raises TargetRefusedError when the name of the account or the project has an impossible form.
    """
    account = address or address_of(incident)
    account = account.rpartition("/serviceAccounts/")[2] if "/serviceAccounts/" in account else account
    is_email = bool(_EMAIL.fullmatch(account)) and is_service_account(account)
    if not (is_email or _UNIQUE_ID.fullmatch(account)):
        raise _other(texts.NO_ACCOUNT(account=account[:100]))
    if not _PROJECT.fullmatch(incident.project):
        raise _other(texts.NO_PROJECT(project=incident.project[:100]))
    return Named(incident.project, account)


def address_of(incident: IncidentView) -> str:
    """The account that the incident names. Of a report, only the resource is used, because its labels are free text."""
    labelled = "" if incident.is_report else incident.labels.get("service_account", "")
    return labelled or incident.resource


def key_of(incident: IncidentView) -> Named:
    """The key that the incident names. Raises TargetRefusedError if it names none."""
    account, key = account_of(incident), incident.labels.get("key", "")
    if not _KEY.fullmatch(key):
        raise _other(texts.NO_KEY(key=key[:100]))
    return Named(account.project, account.account, key)


def read_account(context: ActionContext, named: Named) -> dict[str, Any]:
    """The account as the API returns it. Raises TargetRefusedError for an account of Hinomi itself."""
    if is_own(context.settings, named.account):
        raise _other(texts.OWN_ACCOUNT(account=named.account))
    account = Named(named.project, named.account)
    state = _read(context, account, texts.READ_ACCOUNT(account=account.account))
    email = str(state.get("email", ""))
    if is_own(context.settings, email):
        raise _other(texts.OWN_ACCOUNT(account=email))
    if named.account.casefold() not in (email.casefold(), str(state.get("uniqueId", ""))):
        raise _other(texts.OTHER_ACCOUNT(account=named.account, other=email[:100]))
    return state


def read_key(context: ActionContext, key: Named) -> dict[str, Any]:
    """The key as the API returns it."""
    return _read(context, key, texts.READ_KEY(key=key.key, account=key.account))


def is_own(settings: Settings, email: str) -> bool:
    """Whether an account is one of Hinomi's own, which would lock itself out."""
    pushing = (each.partition("=")[2] for each in settings.push_accounts)
    own = {each.casefold() for each in (*settings.service_accounts, *pushing)}
    name, _, domain = email.casefold().partition("@")
    home = f"{settings.project}.iam.gserviceaccount.com"
    return email.casefold() in own or (bool(settings.project) and domain == home and name.startswith("hinomi-"))


def switch(context: ActionContext, named: Named, verb: str, does: Template) -> Call:
    """The call that disables or enables an account or a key; `verb` is `disable` or `enable`."""
    text = does(key=named.key, account=named.account) if named.key else does(account=named.account)
    return Call(text, "POST", f"{_url(context, named)}:{verb}", {})


def _read(context: ActionContext, named: Named, does: Text) -> dict[str, Any]:
    return read(context.clients.http(), _url(context, named), does)


def _url(context: ActionContext, named: Named) -> str:
    return f"{context.clients.iam_url}/v1/{quote(named.name, safe='/')}"


def _other(text: Text) -> TargetRefusedError:
    return TargetRefusedError(text, TargetRefusal.OTHER_TARGET)
