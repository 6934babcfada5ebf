"""Who sent a request: the person at this machine, or the one whom Identity-Aware Proxy passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import flask

from dashboard.security.iap import HEADER
from shared.secret_urls import LOOPBACK_HOSTS

if TYPE_CHECKING:
    from dashboard.security.iap import IapVerifier


def is_this_machine() -> bool:
    """Whether the request came from this machine, to one of its names: another name may be that of a rebound DNS entry."""
    host = flask.request.host.rsplit(":", 1)[0]
    return host in LOOPBACK_HOSTS and (flask.request.remote_addr or "").startswith(("127.", "::1"))


def behind_proxy(verifier: IapVerifier) -> str:
    """The verified address of the person; empty if the request did not come through Identity-Aware Proxy."""
    return verifier.email(flask.request.headers.get(HEADER, ""))
