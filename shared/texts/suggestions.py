"""Suggestions of names that a person may have meant."""

from __future__ import annotations

from shared.texts import Template

DID_YOU_MEAN = Template(en=": did you mean {names}?", ja=": {names} ではありませんか?")
QUESTION = Template(en="Did you mean {names}?", ja="{names} ではありませんか?")
EITHER = Template(en="{first} or {last}", ja="{first} または {last}")
