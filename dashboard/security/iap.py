"""The person behind a request that Identity-Aware Proxy passed on.

The proxy signs a token for each request (cloud.google.com/iap/docs/signed-headers-howto). Only its signature proves
that the request came through the proxy: anyone who reaches the function could send the other headers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from shared import logs
from shared.errors import TransientError
from shared.texts.dashboard import common as texts

HEADER = "X-Goog-IAP-JWT-Assertion"
CERTIFICATES = "https://www.gstatic.com/iap/verify/public_key"
ISSUER = "https://cloud.google.com/iap"
KEEP_SECONDS = 3_600
RETRY_SECONDS = 60  # an unknown key loads the certificates again, but no caller can make that happen more often

Certificates = Mapping[str, str]


class IapVerifier:
    """Verifies the tokens of Identity-Aware Proxy for one audience. Thread-safe.

    `fetch` returns the public keys of the proxy by their ids; the default reads them from Google. `clock` returns seconds.
    """

    def __init__(
        self,
        audience: str,
        fetch: Callable[[], Certificates] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._audience = audience
        self._fetch = fetch or _fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._certificates: Certificates = {}
        self._fetched_at = -float(KEEP_SECONDS)

    def email(self, assertion: str) -> str:
        """The verified e-mail address of the person; empty if the token is missing, forged, expired or for another audience.

        Raises TransientError if Google's keys cannot be read and none are known.
        """
        if not assertion or not self._audience:
            return ""
        return self._verified(assertion, self._keys(KEEP_SECONDS)) or self._verified(
            assertion, self._keys(RETRY_SECONDS)
        )

    def _keys(self, seconds: float) -> Certificates:
        """The keys, read at most `seconds` ago."""
        with self._lock:
            if self._clock() - self._fetched_at >= seconds:
                self._certificates, self._fetched_at = self._read(), self._clock()
            return self._certificates

    def _read(self) -> Certificates:
        """The current keys. If they cannot be read, the known keys remain, because the proxy uses a key for longer."""
        try:
            return self._fetch()
        except TransientError as error:
            if not self._certificates:
                raise
            logs.log(
                "WARNING", "the keys of Identity-Aware Proxy cannot be read: the known keys remain", reason=str(error)
            )
            return self._certificates

    def _verified(self, assertion: str, certificates: Certificates) -> str:
        from google.auth import exceptions, jwt  # noqa: PLC0415

        try:
            claims = jwt.decode(assertion, certs=dict(certificates), audience=self._audience)  # type: ignore[no-untyped-call]
        except (ValueError, exceptions.GoogleAuthError):
            return ""
        email = claims.get("email")
        return email if claims.get("iss") == ISSUER and isinstance(email, str) else ""


def _fetch() -> Certificates:
    """The keys that Google publishes. Raises TransientError if they cannot be read."""
    import orjson  # noqa: PLC0415
    from google.auth.exceptions import TransportError  # noqa: PLC0415
    from google.auth.transport.requests import Request  # noqa: PLC0415

    try:
        response = Request()(CERTIFICATES, timeout=10)
    except TransportError as error:
        raise TransientError(texts.NO_PROXY_KEYS(reason=str(error))) from error
    if response.status != 200:
        raise TransientError(texts.NO_PROXY_KEYS(reason=f"HTTP {response.status}"))
    keys: Certificates = orjson.loads(response.data)
    return keys
