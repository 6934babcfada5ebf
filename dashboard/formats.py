"""How templates show times, numbers and texts: filters, and the conversion of every printed value."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import floor
from typing import TYPE_CHECKING, Any

import flask
from jinja2 import Undefined
from markupsafe import Markup, escape

from dashboard.security.roles import UserRole
from insights.cost.money import money as named_money
from shared.identity.iam_names import short_name
from shared.identity.service_names import service_name
from shared.lazy.pattern import lazy_pattern
from shared.texts import Text
from shared.texts.dashboard import common
from shared.texts.locale import Locale
from shared.texts.recorded import localized, target_text
from shared.texts.terms import term
from shared.texts.typography import in_a_row, with_bound_units

if TYPE_CHECKING:
    import re

    from dashboard.incidents.evidence import EvidenceRow
    from shared.records import IncidentView

# Control characters and those that show a text in another order than it has; line breaks and tabs stay.
_REPLACED: Mapping[str, str] = {
    "Cc": " ",
    "Cf": "",
    "Cs": "\N{REPLACEMENT CHARACTER}",
    "Co": "\N{REPLACEMENT CHARACTER}",
}
_ACCOUNTS = ".iam.gserviceaccount.com"
_KEPT = "\n\t\u200d"
_PLACE = lazy_pattern(r"[a-z][a-z0-9:_-]*")  # of a job: its region, or its scheduler and environment
_WORD = lazy_pattern(r"(\s+)")
_BREAKABLE = lazy_pattern(r"[^\w\s.:]")
_ISO_DAY = lazy_pattern(r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-]|[ T]\d)")
_LONG_NUMBER = lazy_pattern(r"(?<![\w.,:/-])\d{4,15}(?=(?:\.\d+)?\.?(?:[\s)%]|$))")


def reader() -> Locale:
    """The language and zone of the person who reads the page."""
    locale: Locale = flask.g.locale
    return locale


def shown(value: Any) -> Any:
    """A value as shown on a page: a Text in the reader's language, a string without invisible characters.

    Jinja calls this for every value that a template prints, before it escapes the value.
    """
    kind = type(value)  # a page prints thousands of values: most are plain strings, numbers or Texts
    if kind is str:
        return visible(value)
    if kind is int or kind is Markup or kind is float:
        return value
    if kind is Text:
        language = reader().language
        plain = visible(value.in_language(language))
        return with_bound_units(plain) if language == "ja" else plain
    if isinstance(value, Markup | Undefined):
        return value
    return visible(value) if isinstance(value, str) else value


def in_language(incident: IncidentView) -> IncidentView:
    """The incident with its texts in the reader's language, if they are stored in that language."""
    return localized(incident, reader().language)


def visible(text: str) -> str:
    """The text without characters that are invisible or that change the order of others."""
    if text.isprintable():  # none of its characters is of a category that is replaced
        return text
    return "".join(char if char in _KEPT else _REPLACED.get(unicodedata.category(char), char) for char in text)


def clock(moment: datetime) -> str:
    """The time of day for today, otherwise with the day: `02:31`, `25 Nov 03:47`."""
    local, today = _local(moment), _local(reader().now)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    if local.year != today.year:
        return f"{local:%Y-%m-%d %H:%M}"
    return f"{reader().text(common.short_day(local))} {local:%H:%M}"


def local_times(text: Text | str) -> str:
    """A stored sentence with its times in the reader's zone, as `clock` shows them: `14:56 JST`. For no evidence and no command."""
    plain = reader().text(text) if isinstance(text, Text) else text
    return reader().with_local_times(plain, lambda moment: f"{clock(moment)} {zone(moment)}")


def evidence_value(row: EvidenceRow) -> str:
    """The value of a row of evidence, with a time that Hinomi computed as `clock` shows it."""
    return reader().evidence_value(row.path, row.value, lambda moment: f"{clock(moment)} {zone(moment)}")


def seconds(moment: datetime) -> str:
    """Hours, minutes and seconds."""
    return f"{_local(moment):%H:%M:%S}"


def long_day(moment: datetime) -> str:
    """The time and the day in full: `03:12 JST, Thursday 26 November 2026`."""
    return reader().text(common.long_day(_local(moment), reader().zone(moment)))


def tick(moment: datetime) -> str:
    """A round time on the scale of a chart: the day at midnight, otherwise hours and minutes."""
    local = _local(moment)
    return day(moment) if (local.hour, local.minute) == (0, 0) else f"{local:%H:%M}"


def hour(moment: datetime) -> str:
    """Hours and minutes, of whatever day: `02:31`."""
    return f"{_local(moment):%H:%M}"


def minute_of_day(minutes: int) -> str:
    """A time of day, given in minutes after midnight: `04:55`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def data_size(count: float) -> str:
    """A number of bytes in the largest fitting unit: `1.84 TiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(count) < 1024:
            return f"{count:,.3g} {unit}"
        count /= 1024
    return f"{count:,.3g} TiB" if abs(count) < 1000 else f"{count:,.0f} TiB"


def money(price: float) -> str:
    """A price in the currency of the settings: `$41.20`, `$1,412`."""
    return named_money(price, flask.g.page_request.settings.currency)


def whole_money(price: float) -> str:
    """A round price beside a line of a chart: `$40`."""
    return money(price).replace(".00", "")


def change(now: float, before: float) -> str:
    """The change of a number in percent: `+6 %`; `±0` if it is unchanged, and empty without a previous number."""
    if not before:
        return ""
    percent = round((now - before) / before * 100)
    return f"{percent:+,} %".replace("-", "\N{MINUS SIGN}") if percent else "±0"


def ago(moment: datetime) -> str:
    """The age of a time."""
    return reader().ago(moment)


def utc(moment: datetime) -> str:
    """The time in UTC with seconds, for the title of a time."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def duration(length: timedelta | float) -> str:
    """A length of time (a number is in seconds) in at most two units."""
    return reader().duration(length if isinstance(length, timedelta) else timedelta(seconds=length))


def short_duration(seconds: float) -> str:
    """A length of time, with a decimal below ten seconds: `2.4 s`."""
    return duration(seconds) if seconds >= 10 or reader().language != "en" else f"{seconds:.1f} s"


def number(value: float) -> str:
    """A number with thousands separators, and at most two digits after the point."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}".rstrip("0").rstrip(".")


def grouped(text: Text | str) -> str:
    """A stored text with thousands separators in its numbers: `at least 1,000`. A number in a name or a date stays as it is."""
    return _LONG_NUMBER.sub(lambda match: f"{int(match[0]):,}", str(shown(text)))


def percents(shares: Sequence[float]) -> list[int]:
    """Shares in whole percent with the same sum as the shares: those with the largest remainders are rounded up."""
    whole = [floor(round(share * 100, 6)) for share in shares]
    left = round(sum(shares) * 100) - sum(whole)
    up = sorted(range(len(shares)), key=lambda place: whole[place] - shares[place] * 100)[:left]
    return [value + (place in up) for place, value in enumerate(whole)]


def short_day(moment: datetime) -> str:
    """The day and the month: `25 Nov`."""
    return reader().text(common.short_day(_local(moment)))


def day(moment: datetime | date) -> str:
    """The day, with the year unless it is the current year: `25 Nov`, `2025-11-25`."""
    local = _local(moment) if isinstance(moment, datetime) else moment
    return reader().text(common.short_day(local)) if local.year == _local(reader().now).year else f"{local:%Y-%m-%d}"


def dated(text: Text | str) -> str:
    """A sentence whose ISO dates are shown like other days: `it was granted only on 23 Nov`."""
    return _ISO_DAY.sub(_as_day, str(shown(text)))


def _as_day(match: re.Match[str]) -> str:
    try:
        return day(date.fromisoformat(match[0]))
    except ValueError:  # no such day
        return match[0]


def short_account(address: str) -> str:
    """An address; of a service account without the common domain: `etl@example-project`."""
    return address.removesuffix(_ACCOUNTS)


def job_name_parts(name: str) -> tuple[str, str, str]:
    """The name of a job in three parts: the part before its own name, its own name, and its location, which is shown last.

    `load_mart.` and `merge`; `bob@example.com ` and `SELECT`; `churn-training` of `europe-west1/pipeline`.
    """
    account, space, statement = name.partition(" ")
    if space and "@" in account:
        return f"{short_account(account)} ", statement, ""
    place, slash, own = name.rpartition("/")
    if slash and _PLACE.fullmatch(place):
        kind, colon, own = own.rpartition(":")
        return "", own, f"{place}/{kind}" if colon else place
    head, dot, own = name.rpartition(".")
    return f"{head}{dot}", own, ""


def local_part(address: str) -> str:
    """An address without its domain, for a narrow column with the domain in its title."""
    return address.partition("@")[0]


def bare_member(member: str) -> str:
    """A member of a grant without its kind."""
    return short_account(member.partition(":")[2] or member)


def zone(moment: datetime) -> str:
    """The abbreviation of the reader's zone at a time."""
    return reader().zone(moment)


def as_json(value: Any) -> str:
    """A value as JSON in one line."""
    return json.dumps(value, ensure_ascii=False, default=str)


def service_text(service: str) -> Text:
    """The name of a service: that of a product is the same in every language."""
    return common.SERVICES.get(service) or Text.verbatim(service_name(service))


def state_word(glyph: str) -> Text:
    """The word for a state glyph."""
    return common.STATES.get(glyph, common.UNKNOWN)


def coded(text: Text | str) -> Markup:
    """A sentence with its commands, which texts put between backticks, as code."""
    parts = str(shown(text)).split("`")
    if len(parts) % 2 == 0:  # a backtick of a name
        return escape("`".join(parts))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)
    )


def whole_words(command: Text | str) -> Markup:
    """A command whose words stay whole: a browser would break a line after the hyphens of an option."""
    return Markup("").join(
        Markup('<span class="w">{}</span>').format(part) if _BREAKABLE.search(part) else escape(part)
        for part in _WORD.split(str(shown(command)))
    )


def sentences(*parts: Text | str) -> str:
    """Sentences after one another, without the empty ones."""
    return in_a_row(str(shown(part)) for part in parts)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "percents": percents,
    "role": UserRole,
    "state_word": state_word,
    "term": term,
    "tick": tick,
    "ago": ago,
    "bare_member": bare_member,
    "change": change,
    "clock": clock,
    "coded": coded,
    "data_size": data_size,
    "dated": dated,
    "day": day,
    "duration": duration,
    "evidence_value": evidence_value,
    "grouped": grouped,
    "hour": hour,
    "json": as_json,
    "job_name_parts": job_name_parts,
    "local_part": local_part,
    "local_times": local_times,
    "localized": in_language,
    "long_day": long_day,
    "minute_of_day": minute_of_day,
    "money": money,
    "number": number,
    "seconds": seconds,
    "service": service_text,
    "short_duration": short_duration,
    "short_account": short_account,
    "short_day": short_day,
    "short_resource": short_name,
    "target": target_text,
    "utc": utc,
    "whole_words": whole_words,
    "whole_money": whole_money,
    "zone": zone,
}


def _local(moment: datetime) -> datetime:
    return reader().local(moment)
