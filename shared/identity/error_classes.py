"""The class of the error that made a job fail, by its message and its status codes.

The first known words of a message decide, because a message begins with what happened: "Access Denied: …, or perhaps it
does not exist" is about permission, whatever the table is called. If a message has no known words, codes decide:
services use some codes for everything, such as 3 (INVALID_ARGUMENT) for a lack of quota.

https://docs.cloud.google.com/bigquery/docs/error-messages
https://docs.cloud.google.com/dataflow/docs/guides/common-errors
https://docs.cloud.google.com/composer/docs/composer-2/troubleshooting-dags
https://docs.cloud.google.com/run/docs/troubleshooting
https://docs.cloud.google.com/vertex-ai/docs/general/troubleshooting
https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from shared.model import ErrorClass

LONGEST = 2_000  # characters of a message that are read

# Of two that begin at the same place, the first one counts.
_WORDS: tuple[tuple[ErrorClass, tuple[str, ...]], ...] = (
    (
        ErrorClass.MEMORY,
        (
            r"out[ -]of[ -]memory|outofmemory|oomkill|\bmemoryerror\b|memory limit|allotted memory|low on memory|heap space",
            r"cannot allocate memory|resources exceeded during query execution.{0,200}\bmemory\b|gc thrashing|negsignal\.sigkill",
            r"exit(?:ed)? (?:code|status):? 137\b|non-zero status of (?:137|9)\b|memory usage|garbage collection|low on resource: memory",
        ),
    ),
    (
        ErrorClass.SYNTAX,
        (
            r"syntax ?error|invalidquery|unrecognized name|no matching signature|modulenotfounderror|importerror|no module named",
            r"nameerror|attributeerror|typeerror|indentationerror|broken dag|compilation error|function not found",
            r"failed to import|unexpected keyword|unexpected token|unrecognized (?:argument|option)",
        ),
    ),
    (
        ErrorClass.QUOTA,
        (
            r"\bquotas?\b|quotaexceeded|quota_exceeded|rate ?limit|resource_?exhausted|too ?many ?requests|\b429\b",
            r"resources exceeded|response too large|resource_pool_exhausted|not have enough resources|resources are insufficient",
            r"stockout|no available instance|ip space .{0,60}exhausted|exceed(?:s|ed)? (?:the )?(?:maximum|limit|capacity)",
            r"limit exceeded|too many (?:running|concurrent|connections|table|partitions)|insufficient (?:cpu|memory|resources)",
        ),
    ),
    (
        ErrorClass.PERMISSION,
        (
            r"permission_?denied|permissions? verification .{0,80}fail|permission .{0,120}denied|access ?denied|forbidden|\b403\b|\b401\b|unauthori[sz]ed|not authori[sz]ed",
            r"unauthenticated|does not have .{0,120}(?:access|permission)|(?:missing|lacks?|insufficient|required) .{0,40}permission",
            r"invalid_grant|credentials? (?:is|are|was|were) (?:rejected|invalid)|attribute condition|org(?:anization)? polic",
            r"constraint .{0,120}violated|prohibited by organization|password authentication failed|authentication (?:failed|failure)",
        ),
    ),
    (
        ErrorClass.NETWORK,
        (
            r"connection ?(?:refused|reset|aborted|error|closed|timed out)|econn(?:refused|reset)|could not connect|failed to connect",
            r"failed_to_connect|cannot connect|name or service not known|name resolution|\bdns\b|ssl(?:error|:|v3)|certificate",
            r"unreachable|no route to host|broken pipe|hold[ _]timer[ _]expired|connect(?:ion)? time-?out|failed to establish",
        ),
    ),
    (
        ErrorClass.TIMEOUT,
        (
            r"timed[ -]out|time-?out|deadline[ _]?exceeded|took too long|time limit|\b504\b|'timeout'|taken too long|no heartbeat",
            r"within the allocated time|did not (?:start|become ready) (?:in|within)|operation timed|longer than specified deadline",
        ),
    ),
    (
        ErrorClass.NOT_FOUND,
        (
            r"not[ _]?found|does not exist|no such (?:file|object|bucket|table|host|image)|\b404\b|nosuchbucket|cannot be found",
            r"could not find|is not available on|errimagepull|imagepullbackoff|nosuchfile|no longer available",
        ),
    ),
    (
        ErrorClass.DATA,
        (
            r"bad (?:int64|double|float64|bool|date|timestamp|character)|(?:could not|cannot) (?:be )?(?:parse|cast|convert|read)|error while reading data",
            r"schema|duplicate|division by zero|must match at most one source row|json(?:decode|parsing)?error|invalid json",
            r"unicodedecodeerror|valueerror|keyerror|cannot be null|null value|malformed|avro|parquet|csv (?:table|file|row)",
            r"out of range|overflow|integrityerror|rows? failed|conversion error|deserializ|dataexception|serializationexception",
        ),
    ),
    (
        ErrorClass.UPSTREAM,
        (
            r"upstream|service ?unavailable|\bunavailable\b|\b50[0-3]\b|backenderror|backend error|internal ?(?:server )?error",
            r"dependenc(?:y|ies) .{0,40}fail|deadlock|could not serialize|concurrent update|external task|url_unreachable|some tasks? failed",
        ),
    ),
)
_BY_CODE: dict[str, ErrorClass] = {
    **dict.fromkeys(("7", "16", "401", "403", "PERMISSION_DENIED", "UNAUTHENTICATED"), ErrorClass.PERMISSION),
    **dict.fromkeys(("8", "429", "RESOURCE_EXHAUSTED"), ErrorClass.QUOTA),
    **dict.fromkeys(("5", "404", "NOT_FOUND"), ErrorClass.NOT_FOUND),
    **dict.fromkeys(("4", "408", "504", "DEADLINE_EXCEEDED"), ErrorClass.TIMEOUT),
    **dict.fromkeys(("3", "400", "INVALID_ARGUMENT"), ErrorClass.SYNTAX),
    **dict.fromkeys(("11", "15", "OUT_OF_RANGE", "DATA_LOSS"), ErrorClass.DATA),
    **dict.fromkeys(("13", "14", "500", "502", "503", "INTERNAL", "UNAVAILABLE"), ErrorClass.UPSTREAM),
    **dict.fromkeys(("URL_UNREACHABLE", "URL_ERROR", "URL_TIMEOUT"), ErrorClass.NETWORK),
}


def of_texts(messages: Iterable[str], codes: Iterable[str] = (), names: Iterable[str] = ()) -> ErrorClass:
    """The class of the first message that has one, otherwise of the first code, including codes within messages.

    `names` are those of the job and its parts: in the messages they say nothing about the error ("DAG quota_report failed").
    """
    read = _without([each for each in names if _by_words(each)], messages)
    by_message = (found for message in read if (found := _by_words(message)))
    by_code = (_BY_CODE[code] for code in codes if code in _BY_CODE)
    by_name = (ErrorClass.SYNTAX for message in read if "INVALID_ARGUMENT" in message or "InvalidArgument" in message)
    return next(by_message, None) or next(by_code, None) or next(by_name, ErrorClass.UNKNOWN)


def _without(names: Sequence[str], messages: Iterable[str]) -> list[str]:
    """The messages without these names, the longest ones first: one may be part of another."""
    if not names:
        return list(messages)
    listed = "|".join(re.escape(each) for each in sorted(set(names), key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{listed})(?!\w)")
    return [pattern.sub("", message[:LONGEST]) for message in messages]


def _by_words(message: str) -> ErrorClass | None:
    match = _pattern().search(message[:LONGEST])
    return ErrorClass(match.lastgroup) if match else None


@cache  # compiled with the first failure of a job, not when the function starts
def _pattern() -> Any:
    """One pattern with a group for each class; the leftmost match counts, then the order of the groups."""
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415

    return re2.compile("(?i)" + "|".join(f"(?P<{kind}>{'|'.join(words)})" for kind, words in _WORDS))
