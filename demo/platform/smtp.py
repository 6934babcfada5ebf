"""A mail server on loopback that stores the messages that it accepts: SMTP with STARTTLS or TLS, a login, and planned rejections."""

from __future__ import annotations

import base64
import email
import socketserver
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Self

USER, PASSWORD = "hinomi", "made-up-password-of-the-demo"
SIZE = 1_000_000


class MailboxServer:
    """The server. `mails` are the accepted messages in order, `recipients` the addresses of each.

    `plan(verb, *replies)` answers the next commands of that name (GREETING, EHLO, AUTH, MAIL, RCPT, DATA, CONTENT, QUIT)
    with these replies, one each; a reply "" closes the connection. `rejects` has a reply for each address that does not
    get mail. `tls` is the context of TLS, by STARTTLS unless `is_implicit`. With `login` a sender must log in.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, *, is_implicit: bool = False, login: bool = False) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.rejects: dict[str, str] = {}
        self.size = SIZE
        self.tls, self.is_implicit, self.login = tls, is_implicit, login
        self.was_secure: list[bool] = []
        self._planned: dict[str, list[str]] = {}
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The value of HINOMI_EMAIL_SERVER."""
        return f"{'smtps' if self.is_implicit else 'smtp'}://127.0.0.1:{self.port}"

    def plan(self, verb: str, *replies: str) -> None:
        """Answers the next commands of that name with these replies."""
        self._planned.setdefault(verb, []).extend(replies)

    def planned(self, verb: str) -> str | None:
        """The planned reply to the next command with that name; None without one."""
        replies = self._planned.get(verb)
        return replies.pop(0) if replies else None

    def keep(self, content: bytes, recipients: list[str], *, is_secure: bool) -> None:
        """Stores an accepted message."""
        self.mails.append(email.message_from_bytes(content, policy=default))
        self.recipients.append(recipients)
        self.was_secure.append(is_secure)

    def start(self) -> Self:
        """Starts serving."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stops the server and frees its port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _ClosedError(Exception):
    """Ends the conversation with a client."""


class _Session:
    """One conversation."""

    def __init__(self, server: MailboxServer, handler: socketserver.StreamRequestHandler) -> None:
        self.server, self.handler = server, handler
        self.is_secure = False
        self.has_login = False
        self.recipients: list[str] = []
        self.secured: ssl.SSLSocket | None = None
        self._input, self._output = handler.rfile, handler.wfile

    def serve(self) -> None:
        if self.server.is_implicit:
            self._secure()
        self.reply("GREETING", "220 localhost ESMTP")
        answers: dict[str, Callable[[str], None]] = {
            "EHLO": self._hello,
            "HELO": self._hello,
            "STARTTLS": self._start_tls,
            "AUTH": self._log_in,
            "MAIL": self._sender,
            "RCPT": self._recipient,
            "DATA": self._content,
        }
        while True:
            line = self._line()
            verb, _, rest = line.partition(" ")
            answer = answers.get(verb.upper())
            if answer:
                answer(rest)
            else:
                self.reply(verb.upper(), "221 bye" if verb.upper() == "QUIT" else "250 ok")
            if verb.upper() == "QUIT":
                return

    def reply(self, verb: str, usual: str) -> bool:
        """Sends the planned reply, or the usual one; returns whether it was positive."""
        text = self.server.planned(verb)
        if text == "":
            raise _ClosedError
        self._send(text or usual)
        return (text or usual)[0] in "23"

    def _send(self, text: str) -> None:
        self._output.write(text.encode() + b"\r\n")
        self._output.flush()

    def _line(self) -> str:
        line = self._input.readline()
        if not line:
            raise _ClosedError
        return str(line.decode("latin-1").rstrip("\r\n"))

    def _hello(self, _name: str) -> None:
        features = [f"SIZE {self.server.size}", "8BITMIME"]
        if self.server.tls and not self.is_secure:
            features.append("STARTTLS")
        if self.server.login and (self.is_secure or not self.server.tls):
            features.append("AUTH PLAIN")
        lines = ["localhost", *features]
        self.reply("EHLO", "\r\n".join([*(f"250-{each}" for each in lines[:-1]), f"250 {lines[-1]}"]))

    def _start_tls(self, _rest: str) -> None:
        if self.reply("STARTTLS", "220 go ahead"):
            self._secure()

    def _secure(self) -> None:
        assert self.server.tls is not None  # noqa: S101 - announced only with a context
        connection = self.server.tls.wrap_socket(self.handler.connection, server_side=True)
        self.secured = connection
        self._input, self._output = connection.makefile("rb"), connection.makefile("wb")
        self.is_secure = True

    def close(self) -> None:
        """Closes the connection with TLS; the other one belongs to the handler."""
        if self.secured is not None:
            self._input.close()
            self.secured.close()

    def _log_in(self, rest: str) -> None:
        parts = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")
        self.has_login = parts[1:] == [USER, PASSWORD]
        self.reply("AUTH", "235 welcome" if self.has_login else "535 5.7.8 Username and Password not accepted")

    def _sender(self, rest: str) -> None:
        size = int(rest.partition("size=")[2].split(" ")[0] or 0)
        usual = "250 ok"
        if self.server.login and not self.has_login:
            usual = "530 5.7.0 Authentication required"
        elif size > self.server.size:
            usual = "552 5.3.4 Message too big"
        self.recipients = []
        self.reply("MAIL", usual)

    def _recipient(self, rest: str) -> None:
        address = rest.partition("<")[2].partition(">")[0]
        if self.reply("RCPT", self.server.rejects.get(address, "250 ok")):
            self.recipients.append(address)

    def _content(self, _rest: str) -> None:
        if not self.reply("DATA", "354 go ahead"):
            return
        lines = []
        while (line := self._line_of_content()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if self.reply("CONTENT", "250 2.0.0 kept"):
            self.server.keep(b"".join(lines), self.recipients, is_secure=self.is_secure)

    def _line_of_content(self) -> bytes:
        line = bytes(self._input.readline())
        if not line:
            raise _ClosedError
        return line


def _handler(server: MailboxServer) -> type[socketserver.StreamRequestHandler]:
    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            session = _Session(server, self)
            with suppress(_ClosedError, OSError, ValueError):  # the client went away, or the end was planned
                session.serve()
            with suppress(OSError):
                session.close()

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()

    return Conversation
