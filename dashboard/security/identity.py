"""The sender of a request: the person at this machine, or the person identified by Identity-Aware Proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import flask

from dashboard.security.iap import HEADER
from shared.secret_urls import LOOPBACK_HOSTS

if TYPE_CHECKING:
    from dashboard.security.iap import IapVerifier


def is_this_machine() -> bool:
    """Whether the request came from this machine and uses one of its names, because another name may be a rebound DNS entry."""
    host = flask.request.host.rsplit(":", 1)[0]
    return host in LOOPBACK_HOSTS and (flask.request.remote_addr or "").startswith(("127.", "::1"))


def behind_proxy(verifier: IapVerifier) -> str:
    """The verified address of the person; empty if the request did not come through Identity-Aware Proxy."""
    return verifier.email(flask.request.headers.get(HEADER, ""))
