"""The mailbox and the phone of the demo."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from demo.situations.inbox import keep_mails, problems
from demo.world import BUCKET, TASK

PUSHED = [{"message": BUCKET}]


def mail(number: str, first: str = "") -> EmailMessage:
    made = EmailMessage()
    made["Subject"], made["Message-ID"] = f"Airflow task failed: {TASK}", number
    if first:
        made["References"] = first
    made.set_content("text")
    made.add_alternative("<p>page</p>", subtype="html")
    return made


def test_an_email_and_a_message_about_each_fault_are_no_problem() -> None:
    assert problems([mail("<1>"), mail("<2>", "<1>")], PUSHED) == []


def test_what_did_not_arrive_is_a_problem() -> None:
    assert problems([], []) == [
        f"Inbox: no e-mail about {TASK} arrived",
        f"Inbox: no message about {BUCKET} arrived on the phone",
    ]


def test_two_threads_about_one_fault_are_a_problem() -> None:
    assert problems([mail("<1>"), mail("<2>")], PUSHED) == [f"Inbox: the e-mails about {TASK} are not one thread"]


def test_mails_are_kept_as_they_came_and_as_pages(tmp_path: Path) -> None:
    keep_mails([mail("<1>")], tmp_path / "mails")
    assert sorted(path.name for path in (tmp_path / "mails").iterdir()) == ["01.eml", "01.html"]
    assert "<p>page</p>" in (tmp_path / "mails" / "01.html").read_text()
