"""The e-mail about one message: headers, the text part and the HTML part.

All messages of a channel about one incident are one thread: the first has a Message-ID that follows from the incident,
later ones refer to it and keep its subject. After a merge they refer to the first message about each of the incidents. A message that is sent again after a lost response has the same Message-ID,
by which mail servers and clients recognize it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime

from handlers.cards.elements import Element
from handlers.cards.escape import clean, cut
from handlers.messages.channel_message import ChannelMessage
from handlers.messages.mail_html import as_html
from handlers.messages.plain_text import as_plain_text
from shared.lazy.dataclass import dataclass
from shared.model import Severity
from shared.records import IncidentView
from shared.texts.notifiers import mail as texts

LONGEST_SUBJECT = 150  # characters
URGENT = (Severity.CRITICAL, Severity.HIGH)


@dataclass(frozen=True, slots=True)
class Envelope:
    """The sender and the recipients: addresses that the settings have validated."""

    sender: str
    recipients: tuple[str, ...]

    @property
    def domain(self) -> str:
        """The domain of the sender, which Message-IDs end with."""
        return self.sender.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Thread:
    """The place of a message in the thread of its incident: its id, the ids of the first messages, and the subject."""

    message_id: str
    first_ids: tuple[str, ...]
    subject: str

    def details(self) -> dict[str, str]:
        """The details that later messages of the incident need."""
        return {"message_id": self.message_id, "subject": self.subject}


def thread(message: ChannelMessage, channel: str, project: str, domain: str) -> Thread:
    """The thread of a message on `channel`, such as `email:default`, of the installation in `project`."""
    by_runs = _message_id(domain, project, channel, *sorted(map(str, message.run_ids)))
    if message.subject is None:
        return Thread(by_runs, (), _line(message.locale.text(texts.DIGEST_SUBJECT(count=len(message.entries)))))
    incident = message.subject.incident
    earlier = message.earlier
    if not earlier:
        by_incident = _message_id(domain, project, channel, "incident", str(incident.id), incident.fingerprint)
        return Thread(by_incident, (), _incident_subject(incident))
    first_ids = tuple(dict.fromkeys(str(each["message_id"]) for each in earlier if each.get("message_id")))
    return Thread(by_runs, first_ids, str(earlier[0].get("subject") or _incident_subject(incident)))


def incident_mail(
    message: ChannelMessage, position: Thread, envelope: Envelope, card: Element, *, has_html: bool = True
) -> Message:
    """The e-mail with the card as text, and as HTML unless a server rejected that."""
    subject = f"Re: {position.subject}" if position.first_ids else position.subject
    mail = card_mail(envelope, subject, card, position.message_id, message.locale.now, has_html=has_html)
    if position.first_ids:
        # Clients take the last one as the parent: the thread of the number that remains.
        mail["In-Reply-To"], mail["References"] = position.first_ids[0], " ".join(position.first_ids[::-1])
    numbers = [number for entry in message.entries for number in (entry.incident.id, *entry.incident.merged_numbers)]
    mail["X-Hinomi-Incident"] = ", ".join(map(str, numbers[:50]))
    unresolved = [entry.incident.severity for entry in message.entries if not entry.is_resolved]
    if any(severity in URGENT for severity in unresolved):
        mail["Importance"] = "high"
    return mail


def card_mail(
    envelope: Envelope, subject: str, card: Element, message_id: str, now: datetime, *, has_html: bool = True
) -> Message:
    """An e-mail with a card. Automatic replies to it are suppressed."""
    text: Message = MIMEText(as_plain_text(card), "plain", "utf-8")
    mail = MIMEMultipart("alternative", None, [text, MIMEText(as_html(card), "html", "utf-8")]) if has_html else text
    mail["From"] = f"Hinomi <{envelope.sender}>"
    mail["To"] = ", ".join(envelope.recipients)
    mail["Subject"] = _encoded(_line(subject))
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    return mail


def message_id_of_test(envelope: Envelope, now: datetime) -> str:
    """The id of a test message."""
    return _message_id(envelope.domain, "test", now.isoformat())


def message_id_of_report(envelope: Envelope, key: str) -> str:
    """The id of a report; the same when it is sent again."""
    return _message_id(envelope.domain, "report", key)


def with_page(mail: Message, page: str, file_name: str) -> Message:
    """The e-mail with an HTML page attached."""
    attached = MIMEText(page, "html", "utf-8")
    attached["Content-Disposition"] = f'attachment; filename="{file_name}"'
    mixed = MIMEMultipart("mixed")
    for name, value in mail.items():
        if name.lower() not in ("content-type", "mime-version", "content-transfer-encoding"):
            mixed[name] = value
            del mail[name]
    mixed.attach(mail)
    mixed.attach(attached)
    return mixed


def _incident_subject(incident: IncidentView) -> str:
    return _line(f"[Hinomi #{incident.id}] {incident.title}: {incident.resource}")


def _encoded(subject: str) -> str:
    """The encoded subject. EmailMessage of Python 3.11 would add spaces where it folds a subject that is not ASCII."""
    return subject if subject.isascii() else Header(subject, "utf-8", header_name="Subject").encode()


def _line(text: str) -> str:
    """The text on one line without control characters, so that no value can begin another header."""
    return cut(clean(text[: 8 * LONGEST_SUBJECT]), LONGEST_SUBJECT)


def _message_id(domain: str, *parts: str) -> str:
    return f"<hinomi-{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:32]}@{domain}>"
