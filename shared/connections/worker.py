"""Workers on-premises that take the runs of their scripts from a Pub/Sub subscription, without access to a database.

A worker without these settings takes its runs from the Error DB. The function publishes orders to the topic of the
worker, and the worker publishes its results to a second topic; both are signed with the key of the worker.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.redaction import setting_values as forms
from shared.secret import Secret
from shared.setting import Setting, of_form, values_by_name
from shared.texts import Text
from shared.texts import connections as texts

if TYPE_CHECKING:
    from shared.config import Settings

ORDERS, RESULTS = "hinomi-orders-{worker}", "hinomi-results-{worker}"  # the topics of a worker
SHORTEST_KEY = 32  # characters
_FUNCTIONS = ("metrics_analysis",)

MEMBER = Setting(
    "HINOMI_WORKER_<NAME>_MEMBER",
    "IAM member as which the worker `<name>` runs. With it the worker takes the runs of its scripts from a Pub/Sub subscription: deploy.sh "
    "creates the topics, and lets this member read its orders and publish its results, and nothing else (docs/scripts.md).",
    example="serviceAccount:onprem@my-monitoring.iam.gserviceaccount.com",
    check=of_form(forms.WORKER_MEMBER, texts.WORKER_MEMBER),
    form=forms.WORKER_MEMBER,
    functions=_FUNCTIONS,
)
KEY = Setting(
    "HINOMI_WORKER_<NAME>_KEY",
    "Key that signs the orders for the worker `<name>` and its results: at least 32 random characters, the same for the function and "
    "for the worker, such as the output of `openssl rand -base64 32`.",
    functions=_FUNCTIONS,
)
SETTINGS = (MEMBER,)
SECRETS = (KEY,)


@dataclass(frozen=True, slots=True)
class WorkerConnection:
    """A worker. `member` is empty on the machine of the worker itself, which needs only the key."""

    member: str = ""
    key: Secret = field(default_factory=lambda: Secret(""))


def read(environment: Mapping[str, Secret]) -> dict[str, WorkerConnection]:
    """The workers by name. Raises InputError that names the variable, never its value."""
    found = {}
    for name, given in values_by_name(SETTINGS, SECRETS, environment).items():
        worker = WorkerConnection(**given)
        if worker.member and not re.fullmatch(forms.WORKER_MEMBER, worker.member, re.ASCII):
            raise InputError(texts.WORKER_MEMBER(value=forms.shown_invalid(worker.member)))
        found[name.replace("_", "-")] = worker
    return found


def required(environment: Mapping[str, Secret]) -> Iterator[tuple[str, Text]]:
    """The variables that each worker with a subscription needs, with the reason."""
    for name in subscribed(read(environment)):
        yield variable_of(KEY, name), texts.WORKER_CONNECTION(name=name)


def subscribed(workers: Mapping[str, WorkerConnection]) -> dict[str, str]:
    """The IAM member of each worker that takes its runs from a subscription, by the name of the worker."""
    return {name: worker.member for name, worker in sorted(workers.items()) if worker.member}


def is_subscribed(settings: Settings, name: str) -> bool:
    """Whether the worker takes its runs from a subscription."""
    return name in subscribed(settings.connections.get("worker", {}))


def key_of(settings: Settings, name: str) -> Secret:
    """The key of a worker. Raises InputError when it is not set or too short."""
    worker: WorkerConnection = settings.connections.get("worker", {}).get(name, WorkerConnection())
    if not worker.key:
        raise InputError(texts.NO_WORKER_KEY(setting=variable_of(KEY, name), name=name))
    if len(worker.key.reveal()) < SHORTEST_KEY:
        raise InputError(texts.WORKER_KEY(setting=variable_of(KEY, name), least=SHORTEST_KEY))
    return worker.key


def variable_of(setting: Setting, name: str) -> str:
    """The name of a variable of a worker, such as HINOMI_WORKER_ON_PREM_KEY for the worker `on-prem`."""
    return setting.of(name.replace("-", "_"))
