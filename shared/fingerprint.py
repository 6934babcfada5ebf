"""Fingerprints: the identity of a problem, by which findings share an incident."""

from __future__ import annotations

import hashlib
import json


def fingerprint(*parts: str) -> str:
    """32 hexadecimal digits for the rule and the values that separate its problems; equal parts, equal fingerprint.

    Stored in the Error DB: another way to compute it would open every unresolved incident a second time.
    """
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
