"""Channels, and whether they accept notifications."""

from __future__ import annotations

from dashboard.api.models.health import ChannelItem, ChannelList
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiResource
from dashboard.channel_rows import channel_rows

RESOURCE = ApiResource("channels", "Destinations of notifications, and whether they accept them.")


@RESOURCE.get("/channels")
def list_channels(request: ApiRequest) -> ChannelList:
    """Lists every channel that a handler rule names or that was used, the broken ones first."""
    items = []
    for name, used, notified, rules in channel_rows(request):
        items.append(
            ChannelItem(
                name=name, is_broken=bool(used and used.broken_since), failures=used.failures if used else 0,
                broken_since=used.broken_since if used else None, reason=(used.reason or "") if used else "",
                next_attempt_at=used.next_attempt_at if used and used.broken_since else None,
                last_notified_at=notified, rules=rules,
            )
        )  # fmt: skip
    return ChannelList(items=items)
