"""The settings that protect the Cloud SQL instance: only the connector connects, backups and deletion protection are on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.site import Site
from deploy.step import Step

CLOSED = ("--connector-enforcement=REQUIRED", "--ssl-mode=ENCRYPTED_ONLY")
PROTECTED, GROWING = "--deletion-protection", "--storage-auto-increase"
BACKED_UP, RECOVERABLE = "--backup-start-time=18:00", "--enable-point-in-time-recovery"
SAFE = (PROTECTED, GROWING, BACKED_UP, RECOVERABLE)


def steps(site: Site, settings: dict[str, Any]) -> Iterator[Step]:
    """Restores these settings. The instance of --database-instance is left to its owner."""
    yield from _closed(site, settings)
    yield from _safe(site, settings)


def _closed(site: Site, settings: dict[str, Any]) -> Iterator[Step]:
    network = settings.get("ipConfiguration", {})
    open_to = [str(item.get("value")) for item in network.get("authorizedNetworks", [])]
    facts = {
        f"is open to {', '.join(open_to)}": open_to,
        "takes connections without encryption": network.get("sslMode") != "ENCRYPTED_ONLY",
        "answers to others than the connector": settings.get("connectorEnforcement") != "REQUIRED",
    }
    wrong = [text for text, is_so in facts.items() if is_so]
    if wrong:
        clear = ("--clear-authorized-networks",) if open_to else ()
        argv = ("beta", "sql", "instances", "patch", site.instance, site.in_project, *clear, *CLOSED, "--quiet")
        yield Step(f"Cloud SQL instance {site.instance}", "; ".join(wrong), argv)


def _safe(site: Site, settings: dict[str, Any]) -> Iterator[Step]:
    """Our own instance is made with these; who takes them away notices when it is too late."""
    backup, network = settings.get("backupConfiguration", {}), settings.get("ipConfiguration", {})
    facts = {
        "may be deleted by accident": (not settings.get("deletionProtectionEnabled"), PROTECTED),
        "has no backups": (not backup.get("enabled"), BACKED_UP),
        "cannot go back to a point in time": (not backup.get("pointInTimeRecoveryEnabled"), RECOVERABLE),
        "does not grow": (settings.get("storageAutoResize") is False, GROWING),
        "has no address for the connector": (network.get("ipv4Enabled") is False, "--assign-ip"),
    }
    wrong = {text: flag for text, (is_so, flag) in facts.items() if is_so}
    if wrong:
        argv = ("sql", "instances", "patch", site.instance, site.in_project, *wrong.values(), "--quiet")
        yield Step(f"Cloud SQL instance {site.instance}", "; ".join(wrong), argv)
