"""One Sigma rule to its compiled form."""

from __future__ import annotations

from typing import Any

from sigma.rule import SigmaRule

from collectors.metrics_analysis.compiler import block, entry_fields, header, origin_checks
from collectors.metrics_analysis.compiler.detection import Detection, Path
from collectors.metrics_analysis.compiler.guards import guards
from collectors.metrics_analysis.compiler.source import Source
from collectors.metrics_analysis.sigma import fields, template
from collectors.metrics_analysis.sigma.rule import STARTED

# Which entries a log source means: audit entries hold a protoPayload, others do not.
LOGSOURCES = {"gcp.audit": "audit", "gcp.platform": "platform", None: "any"}

# Who stands behind a service account: the chain of a delegation, the subject of a federation, the key that was used.
_CHAIN = "protoPayload.authenticationInfo.serviceAccountDelegationInfo"
BEHIND = (
    f"{_CHAIN}.principalSubject",
    f"{_CHAIN}.firstPartyPrincipal.principalEmail",
    f"{_CHAIN}.thirdPartyPrincipal.thirdPartyClaims",
    "protoPayload.authenticationInfo.serviceAccountKeyName",
    "protoPayload.authenticationInfo.thirdPartyPrincipal.subject",
)
# Shown with every finding from an audit entry, besides the rule's own `fields`.
AUDIT_FIELDS = (
    "protoPayload.methodName",
    "protoPayload.resourceName",
    "protoPayload.authenticationInfo.principalEmail",
    *BEHIND,
    "protoPayload.requestMetadata.callerIp",
    "protoPayload.requestMetadata.callerSuppliedUserAgent",
)


def compile_rule(source: Source) -> dict[str, Any]:
    """The rule as the engine reads it; what is wrong is noted in the source's problems."""
    rule = source.rule
    silent = isinstance(rule.get("hinomi"), dict) and block.ONLY in rule["hinomi"]
    header.check(source, "title", "id", "logsource", *(() if silent else ("level",)))
    _check_header(source)
    detection, condition = _detection(source)
    said = _silent(source) if silent else _block(source, detection)
    if detection:
        detection.check_all_used()
    payload = _payload(source)
    _check_origin(source, payload, condition, said)
    evidence = _evidence(source, payload)
    return {
        "name": source.name,
        "title": str(rule.get("title", "")),
        "level": header.level(source),
        "service": source.service,
        "payload": payload,
        "condition": condition,
        **said,
        "fault": said["fault"] or source.name,
        "guards": guards(condition, said["recovery"], said["start"]),
        "evidence": evidence,
        "kept": _kept(said, evidence) if said["start"] else [],
        "silent": silent,
        "feeds": [],
        "about": header.about(source),
    }


def _check_header(source: Source) -> None:
    """Everything but the detection is checked by pySigma here; Detection hands it the rest part by part."""
    stub = {"detection": {"any": {"insertId": "*"}, "condition": "any"}}
    checked = {**source.rule, **stub}
    if not isinstance(checked.get("id"), str):
        checked.pop("id", None)
    checked.setdefault("title", "-")
    checked.setdefault("logsource", {"product": "gcp"})
    header.note(source, SigmaRule.from_dict(checked, collect_errors=True).errors)


def _detection(source: Source) -> tuple[Detection | None, list[Any] | None]:
    section = source.rule.get("detection")
    if not isinstance(section, dict):
        source.problems.add("the rule needs 'detection', a map of named detections and their 'condition'", "detection")
        return None, None
    named = {name: value for name, value in section.items() if name != "condition"}
    if not named:
        source.problems.add(
            "there is no detection: name what to look for, then use the name in 'condition'", "detection"
        )
        return None, None
    places: dict[str, Path] = {name: ("detection", name) for name in named}
    detection = Detection(named, places, source.problems, arrays=_arrays(source))
    if "condition" not in section:
        source.problems.add("the detection needs a 'condition'", "detection")
        return detection, None
    return detection, detection.tree(section["condition"], "detection", "condition")


def _arrays(source: Source) -> bool:
    version = source.rule.get("sigma-version", 2)
    if version not in (2, 3) or isinstance(version, bool):
        source.problems.add("'sigma-version' is 3 where array selectors are used, else leave it out", "sigma-version")
    return bool(version != 2)


def _payload(source: Source) -> str:
    logsource = source.rule.get("logsource")
    if not isinstance(logsource, dict):
        return "any"
    product, service = logsource.get("product"), logsource.get("service")
    unknown = set(logsource) - {"product", "service", "definition"}
    if product != "gcp" or service not in list(LOGSOURCES) or unknown:
        message = "the log source is {product: gcp, service: gcp.audit} or {product: gcp, service: gcp.platform}"
        source.problems.add(message, "logsource")
        return "any"
    return LOGSOURCES[service]


def _check_origin(source: Source, payload: str, condition: list[Any] | None, said: dict[str, Any]) -> None:
    conditions = (condition, said["recovery"], said["start"])
    if payload != "audit" and not all(origin_checks.names_log(node) for node in conditions):
        source.problems.add(
            "a rule on other logs than audit logs names them in every condition: add logName|endswith: /logs/LOG_ID",
            "detection",
        )
    for end in dict.fromkeys(end for node in conditions for end in origin_checks.unanchored(node)):
        source.problems.warn(
            f"'{end}' also ends addresses of other domains: write '@{end}', or a regular expression for its subdomains",
            "detection",
        )


def _evidence(source: Source, payload: str) -> list[str]:
    listed = source.rule.get("fields") or []
    for at, path in enumerate(listed if isinstance(listed, list) else []):
        try:
            entry_fields.parse(str(path))
        except ValueError as error:
            source.problems.add(str(error), "fields", at)
    return [*map(str, listed), *(AUDIT_FIELDS if payload == "audit" else ())]


def _kept(said: dict[str, Any], evidence: list[str]) -> list[str]:
    """What the findings at the end of an operation may show of its start."""
    summaries = (texts["summary"] for texts in said["translations"].values())
    shown = [said["resource"], said["principal"], said["summary"], *said["labels"].values(), *summaries]
    try:
        paths = [place.path for text in shown for place in template.places(text)]
        paths += [*evidence, *(extract["field"] for extract in said["extract"])]
        places = {path: fields.parse(path)[:2] for path in paths}
    except ValueError:  # the template is wrong, and that is noted where it is read
        return []
    return [path for path, steps in places.items() if steps in {("protoPayload", name) for name in STARTED}]


def _block(source: Source, detection: Detection | None) -> dict[str, Any]:
    read = source.rule.get("hinomi")
    if not isinstance(read, dict):
        source.problems.add(f"the rule needs a 'hinomi' block with {', '.join(block.REQUIRED)}", "hinomi")
        return dict(block.EMPTY)
    return block.Reader(read, source.problems, detection).read()


def _silent(source: Source) -> dict[str, Any]:
    """The block of a rule that makes no findings of its own."""
    read = source.rule["hinomi"]
    if read != {block.ONLY: "correlation"}:
        source.problems.add(
            "a rule that only counts has the hinomi block '{only: correlation}' and nothing more", "hinomi"
        )
    return dict(block.EMPTY)
