"""The page of channels: which channels accept notifications, and a test message for each."""

# ruff: noqa: PLC0415 - SQLAlchemy is imported with the first question, not with the process

from __future__ import annotations

from typing import Any

from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.errors import ActionError, InputError
from shared.texts import SPACE, Text, as_text, joined
from shared.texts.cli import notify_test
from shared.texts.dashboard import handlers as texts

PAGE = Page("channels", texts.CHANNELS, within="handlers")


@PAGE.get("/handlers/channels", "handler_channels.html")
def show_list(request: PageRequest) -> dict[str, Any]:
    """Every channel that a rule names or that was used, the broken ones first."""
    from dashboard.channel_rows import channel_rows

    return {"t": texts, "tab": "channels", "rows": channel_rows(request)}


@PAGE.post("/handlers/channels/test")
def send_test(request: PageRequest) -> Any:
    """Sends a test message. If a broken channel accepts it, its pending notifications become due at once."""
    from handlers import registry
    from handlers.channels import health
    from handlers.channels.part_names import channel_of

    notifier, _, channel = channel_of(request.form.get("channel", "")).partition(":")
    plugin = registry.find_notifier(notifier)
    params = registry.params(plugin, {"channel": channel.lower() or "default"})
    try:
        answer = joined([as_text(line) for line in plugin.send_test(request.settings, params, request.now)])
    except (ActionError, InputError) as error:
        request.refuse(texts.TEST_FAILED(channel=f"{notifier}:{channel}", reason=error.full_text))
        return request.redirect("channels.show_list")
    name = f"{plugin.NAME}:{params.channel}"
    with request.change() as transaction:
        waits = health.try_now(transaction, name, request.now)
    request.notify(joined([answer, _tried(name, waits)], SPACE) if waits is not None else answer)
    return request.redirect("channels.show_list")


def _tried(name: str, waits: bool) -> Text:  # noqa: FBT001
    return (notify_test.TRIED if waits else notify_test.WORKS)(channel=name)
