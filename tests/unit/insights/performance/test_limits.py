"""The limit of a stored series, and its incidents."""

from __future__ import annotations

from typing import Any

from insights.performance.limits import incidents_of, limit_of
from insights.performance.series import MeasuredSeries
from tests.support.incidents import incident
from tests.support.metrics import shipped

CPU = "cloudsql.googleapis.com/database/cpu/utilization"


def measured(metric: str = CPU, aligner: str = "ALIGN_MEAN", **labels: str) -> MeasuredSeries:
    return MeasuredSeries(1, "cloud_sql", metric, aligner, "10^2.%", "p", "db", labels)


def test_the_limit_of_the_catalogue_or_of_the_first_override_applies() -> None:
    (spec,) = (each for each in shipped().thresholds if each["metric"] == CPU)
    found = limit_of(measured(), [spec])
    assert found is not None
    assert (found.key, found.value, found.above, found.seconds) == ("cloud_sql_cpu", 0.9, True, 900)
    assert (found.is_exceeded(0.95), found.is_exceeded(0.9)) == (True, False)
    override: dict[str, Any] = {
        "match": {"database_id": ["p:test-*"]},
        "off": False,
        "limits": {**spec["limits"], "threshold": 0.5},
    }
    own = limit_of(measured(database_id="p:test-1"), [{**spec, "overrides": [override]}])
    assert own is not None
    assert own.value == 0.5
    assert limit_of(measured(database_id="p:test-1"), [{**spec, "overrides": [{**override, "off": True}]}]) is None


def test_a_limit_on_other_samples_does_not_apply() -> None:
    assert limit_of(measured(aligner="ALIGN_MAX"), shipped().thresholds) is None
    split = {**shipped().thresholds[0], "metric": CPU, "aligner": "ALIGN_DELTA", "filter": "", "period": 600}
    assert limit_of(measured(aligner="ALIGN_DELTA"), [split]) is None


def test_an_incident_belongs_to_the_series_that_has_its_labels() -> None:
    same = incident(rule="load/cloud_sql_cpu", project="p", labels={"database_id": "p:a", "code": "x"})
    other = incident(rule="load/cloud_sql_cpu", project="p", labels={"database_id": "p:b"})
    disk = incident(rule="load/cloud_sql_disk", project="p", labels={"database_id": "p:a"})
    assert incidents_of(measured(database_id="p:a"), [same, other, disk], shipped().thresholds) == [same]
