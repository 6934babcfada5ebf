"""A mailbox of the data team, and a phone: the failed task arrives by e-mail, the public bucket on the phone."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from demo.world import BUCKET, TASK

PART = "Inbox"


def problems(mails: Sequence[EmailMessage], messages: Sequence[dict[str, Any]]) -> list[str]:
    """The problems of the e-mails about the task and of the messages about the bucket."""
    found = []
    about_task = [mail for mail in mails if TASK in str(mail["Subject"])]
    if len(about_task) < 1:
        found.append(f"{PART}: no e-mail about {TASK} arrived")
    if len({str(mail["References"] or mail["Message-ID"]) for mail in about_task}) > 1:
        found.append(f"{PART}: the e-mails about {TASK} are not one thread")
    if not any(BUCKET in str(message) for message in messages):
        found.append(f"{PART}: no message about {BUCKET} arrived on the phone")
    return found


def keep_mails(mails: Sequence[EmailMessage], folder: Path) -> None:
    """Writes each e-mail as NN.eml and its HTML part as NN.html."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, mail in enumerate(mails, 1):
        file = folder / f"{number:02}.eml"
        file.write_bytes(mail.as_bytes())
        page = mail.get_body(("html",))
        if page is not None:
            file.with_suffix(".html").write_text(page.get_content(), encoding="utf-8")
