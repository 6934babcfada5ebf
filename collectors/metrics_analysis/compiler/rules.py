"""Compiles one Sigma rule."""

from __future__ import annotations

from typing import Any

from sigma.rule import SigmaRule

from collectors.metrics_analysis.compiler import block, entry_fields, header, origin_checks
from collectors.metrics_analysis.compiler.detection import Detection, Path
from collectors.metrics_analysis.compiler.guards import paths_read, requirements, ways
from collectors.metrics_analysis.compiler.rule_schema import CountedBlock, CountedRuleHeader, RuleHeader
from collectors.metrics_analysis.compiler.source import Source
from collectors.metrics_analysis.sigma import fields, template
from collectors.metrics_analysis.sigma.memory import other_conditions
from collectors.metrics_analysis.sigma.rule import STARTED
from shared import validation
from shared.errors import text_of
from shared.texts import compiler as texts
from shared.texts import listed

# The entries of a log source: audit entries have a protoPayload, others do not.
LOGSOURCES = {"gcp.audit": "audit", "gcp.platform": "platform", None: "any"}

# The real caller behind a service account: the delegation chain, the subject of a federation, the key used.
_CHAIN = "protoPayload.authenticationInfo.serviceAccountDelegationInfo"
BEHIND = (
    f"{_CHAIN}.principalSubject",
    f"{_CHAIN}.firstPartyPrincipal.principalEmail",
    f"{_CHAIN}.thirdPartyPrincipal",
    "protoPayload.authenticationInfo.serviceAccountKeyName",
    "protoPayload.authenticationInfo.thirdPartyPrincipal",
    "protoPayload.authenticationInfo.authoritySelector",
)
# Evidence of every finding from an audit entry, in addition to the rule's own `fields`.
AUDIT_FIELDS = (
    "protoPayload.methodName",
    "protoPayload.resourceName",
    "protoPayload.authenticationInfo.principalEmail",
    *BEHIND,
    "protoPayload.requestMetadata.callerIp",
    "protoPayload.requestMetadata.callerSuppliedUserAgent",
)


def compile_rule(source: Source) -> dict[str, Any]:
    """The compiled rule; mistakes are added to the source's problems."""
    rule = source.rule
    silent = isinstance(rule.get("hinomi"), dict) and block.ONLY in rule["hinomi"]
    head = header.check(source, CountedRuleHeader if silent else RuleHeader)
    _check_header(source)
    detection, condition = _detection(source)
    made = _counted(source, detection) if silent else _block(source, detection)
    if detection and made is not None:
        detection.check_all_used()
    findings = made or dict(block.EMPTY)
    payload = LOGSOURCES[head.logsource.service] if head else "any"
    _check_origin(source, payload, condition, findings)
    evidence = _evidence(source, payload)
    conditions = (condition, *other_conditions(findings))
    return {
        "name": source.name,
        "title": str(rule.get("title", "")),
        "level": header.level(source),
        "service": source.service,
        "payload": payload,
        "condition": condition,
        **findings,
        "fault": findings["fault"] or source.name,
        **requirements(*conditions),
        "ways": ways(*conditions),
        "evidence": evidence,
        "kept": _fields_of_start(findings, evidence, condition) if findings["start"] else [],
        "silent": silent,
        "feeds": [],
        "about": header.about(source),
    }


def _check_header(source: Source) -> None:
    """Checks everything but the detection with pySigma; Detection passes the rest to it part by part."""
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
        source.problems.add(texts.NO_DETECTION_SECTION, "detection")
        return None, None
    named = {name: value for name, value in section.items() if name != "condition"}
    if not named:
        source.problems.add(texts.NO_DETECTION, "detection")
        return None, None
    positions: dict[str, Path] = {name: ("detection", name) for name in named}
    detection = Detection(named, positions, source.problems, arrays=_arrays(source))
    if "condition" not in section:
        source.problems.add(texts.NO_CONDITION, "detection")
        return detection, None
    return detection, detection.tree(section["condition"], "detection", "condition")


def _arrays(source: Source) -> bool:
    return bool(source.rule.get("sigma-version", 2) != 2)


def _check_origin(source: Source, payload: str, condition: list[Any] | None, findings: dict[str, Any]) -> None:
    conditions = (condition, *other_conditions(findings))
    if payload != "audit" and not all(origin_checks.names_log(node) for node in conditions):
        source.problems.add(
            texts.OTHER_LOGS,
            "detection",
        )
    for end in dict.fromkeys(end for node in conditions for end in origin_checks.unanchored(node)):
        source.problems.warn(
            texts.UNANCHORED(end=end),
            "detection",
        )


def _evidence(source: Source, payload: str) -> list[str]:
    listed = source.rule.get("fields") or []
    for at, path in enumerate(listed if isinstance(listed, list) else []):
        try:
            entry_fields.parse(str(path))
        except ValueError as error:
            source.problems.add(text_of(error), "fields", at)
    return [*map(str, listed), *(AUDIT_FIELDS if payload == "audit" else ())]


def _fields_of_start(findings: dict[str, Any], evidence: list[str], condition: list[Any] | None) -> list[str]:
    """The fields of an operation's first entry that findings and recoveries at its end may show or depend on."""
    summaries = (each["summary"] for each in findings["translations"].values())
    shown = [findings[key] for key in ("resource", "principal", "summary")]
    shown += [*findings["labels"].values(), *summaries]
    shown += [command for step in findings["next"] for command in step["commands"]]
    read = _fields_of_success(findings, condition) if findings["recovery"] else []
    shown += [findings["recovered"], findings["run"], *findings["fingerprint"]] if findings["recovery"] else []
    try:
        paths = [alternative.path for text in shown for alternative in template.alternatives(text)]
        paths += [*evidence, *read, *(extract["field"] for extract in findings["extract"])]
        steps_by_path = {path: fields.parse(path)[:2] for path in paths}
    except ValueError:  # the template is invalid, which is reported where it is compiled
        return []
    return [path for path, steps in steps_by_path.items() if steps in {("protoPayload", name) for name in STARTED}]


def _fields_of_success(findings: dict[str, Any], condition: list[Any] | None) -> list[str]:
    """The fields on which a recovery and the remembered fields depend."""
    remember = findings["remember"] or {}
    conditions = [node for node in (condition, *other_conditions(findings), remember.get("complete")) if node]
    named = [*remember.get("fields", ()), *filter(None, [remember.get("mask")])]
    return sorted({*named, *(path for node in conditions for path in paths_read(node))})


def _block(source: Source, detection: Detection | None) -> dict[str, Any] | None:
    if not isinstance(source.rule.get("hinomi"), dict):
        source.problems.add(texts.BLOCK(keys=listed(block.REQUIRED)), "hinomi")
        return None
    return block.read(source.problems, detection)


def _counted(source: Source, detection: Detection | None) -> dict[str, Any]:
    """The compiled block of a rule that makes no findings of its own."""
    checked, errors = validation.check(CountedBlock, source.document, "hinomi")
    source.problems.errors.extend(errors)
    operation = checked.operation if checked is not None else None
    start = detection.tree(operation.start, "hinomi", "operation", "start") if operation and detection else None
    return {**block.EMPTY, "start": start}
