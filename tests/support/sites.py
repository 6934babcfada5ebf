"""A planner's look at the server that stands for Google, without gcloud and without rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.cloud import BASES, Cloud
from deploy.site import Site
from deploy.target import Target, parse_scope
from shared.clients import new_session
from shared.secret import Secret
from tests.support.gcloud_server import GoogleServer
from tests.support.gcloud_services import PROJECT

REGION = "asia-northeast1"
HOME = f"projects/{PROJECT}"
PLACE = f"{HOME}/locations/{REGION}"


@dataclass(frozen=True)
class Wanted:
    """What rules would want, said by the test."""

    permissions: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)
    filters: Mapping[str, str] = field(default_factory=dict)


def look(server: GoogleServer, *, digest: str = "a" * 32, wants: Wanted | None = None, **options: Any) -> Site:
    """A fresh Site; `options` are those of Target."""
    target = Target(PROJECT, REGION, parse_scope("", PROJECT), **options)
    cloud = Cloud(new_session(), Secret("made-up"), {name: f"{server.url}/{name}/" for name in BASES})
    return Site(target, cloud, wants or Wanted(), digest=digest)
