"""The settings that protect the Cloud SQL instance: connections only through the connector, backups, deletion protection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.site import Site
from deploy.step import Step
from shared.texts import joined, listed
from shared.texts.deploy import differences, resources

CLOSED = ("--connector-enforcement=REQUIRED", "--ssl-mode=ENCRYPTED_ONLY")
PROTECTED, GROWING = "--deletion-protection", "--storage-auto-increase"
BACKED_UP, RECOVERABLE = "--backup-start-time=18:00", "--enable-point-in-time-recovery"
SAFE = (PROTECTED, GROWING, BACKED_UP, RECOVERABLE)


def steps(site: Site, settings: dict[str, Any]) -> Iterator[Step]:
    """Restores these settings. An instance given with --database-instance is not changed."""
    yield from _closed(site, settings)
    yield from _safe(site, settings)


def _closed(site: Site, settings: dict[str, Any]) -> Iterator[Step]:
    network = settings.get("ipConfiguration", {})
    open_to = [str(item.get("value")) for item in network.get("authorizedNetworks", [])]
    facts = {
        differences.OPEN_TO(networks=listed(open_to)): open_to,
        differences.UNENCRYPTED: network.get("sslMode") != "ENCRYPTED_ONLY",
        differences.NOT_ONLY_CONNECTOR: settings.get("connectorEnforcement") != "REQUIRED",
    }
    wrong = [text for text, is_so in facts.items() if is_so]
    if wrong:
        clear = ("--clear-authorized-networks",) if open_to else ()
        argv = ("beta", "sql", "instances", "patch", site.instance, site.in_project, *clear, *CLOSED, "--quiet")
        yield Step(resources.INSTANCE(name=site.instance), joined(wrong, differences.AND), argv)


def _safe(site: Site, settings: dict[str, Any]) -> Iterator[Step]:
    """The backups and the protection that the instance is created with; their loss would otherwise be noticed too late."""
    backup, network = settings.get("backupConfiguration", {}), settings.get("ipConfiguration", {})
    facts = {
        differences.DELETABLE: (not settings.get("deletionProtectionEnabled"), PROTECTED),
        differences.NO_BACKUPS: (not backup.get("enabled"), BACKED_UP),
        differences.NO_RECOVERY: (not backup.get("pointInTimeRecoveryEnabled"), RECOVERABLE),
        differences.FIXED_STORAGE: (settings.get("storageAutoResize") is False, GROWING),
        differences.NO_ADDRESS: (network.get("ipv4Enabled") is False, "--assign-ip"),
    }
    wrong = {text: flag for text, (is_so, flag) in facts.items() if is_so}
    if wrong:
        argv = ("sql", "instances", "patch", site.instance, site.in_project, *wrong.values(), "--quiet")
        yield Step(resources.INSTANCE(name=site.instance), joined(wrong, differences.AND), argv)
