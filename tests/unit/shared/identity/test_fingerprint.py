from shared.identity.fingerprint import fingerprint


def test_a_fingerprint_stays_the_same_across_releases() -> None:
    assert fingerprint("bigquery/job_failed", "example-project", "日次") == "0fc7ed95ecbd38f56f283c0d665a8cfb"


def test_parts_are_not_confused() -> None:
    names = {fingerprint("r", "a", "b"), fingerprint("r", "ab"), fingerprint("r", "a,b"), fingerprint("a", "r", "b")}
    assert len(names) == 4
