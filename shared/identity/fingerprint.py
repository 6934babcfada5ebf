"""Fingerprints: findings with the same fingerprint belong to the same incident."""

from __future__ import annotations

import hashlib
import json


def fingerprint(*parts: str) -> str:
    """32 hexadecimal digits for a rule and the values that separate its faults; equal parts give equal fingerprints.

    Fingerprints are stored in the Error DB: a different algorithm would open every unresolved incident a second time.
    """
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
