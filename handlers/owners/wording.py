"""An entry of the table of owners in words, for the command line and the dashboard."""

from __future__ import annotations

from handlers.owners.table import OwnerEntry
from handlers.silences.matcher import property_text
from shared.texts import Text, as_text, joined
from shared.texts import owners as texts
from shared.texts.cli import silences


def match_text(entry: OwnerEntry) -> Text:
    """The incidents that an entry matches, such as `service bigquery, label dag=sales`."""
    match = entry.as_dict().get("match", {})
    labels = match.pop("labels", {})
    parts = [property_text(name, patterns, "|") for name, patterns in match.items()]
    parts += [silences.LABEL_IS(label=name, patterns="|".join(patterns)) for name, patterns in labels.items()]
    text = joined(parts) if parts else texts.EVERYTHING
    return texts.OF_MAP(match=text) if entry.is_of_map else text


def matched_text(matched: str) -> Text:
    """Why an owner applies (`Owner.matched`), such as `resource example-project.mart.*`, in every language."""
    return joined([_reason(each) for each in matched.split(", ")])


def _reason(text: str) -> Text:
    name, _, pattern = text.partition(" ")
    if name == "label":
        label, _, pattern = pattern.partition(" ")
        return Text(en=text, ja=silences.LABEL_IS(label=label, patterns=pattern).ja)
    return property_text(name, [pattern])


def notified_text(entry: OwnerEntry) -> Text:
    """The channel or rotation that a rule with `to_owner` notifies; empty if there is none."""
    if entry.on_call:
        return texts.ROTATION(name=entry.on_call)
    return texts.CHANNEL(name=entry.channel) if entry.channel else as_text("")
