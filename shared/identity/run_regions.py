"""The region of a Cloud Run service in the short form of its URL (https://NAME-HASH-CODE.a.run.app)."""

from __future__ import annotations

# The codes are Google's, of App Engine too (docs.cloud.google.com/appengine/docs/standard/locations); one that is missing
# here leaves the region unknown.
_REGIONS = {
    "an": "asia-northeast1",
    "as": "asia-southeast1",
    "de": "asia-east1",
    "df": "asia-east2",
    "dt": "asia-northeast2",
    "du": "asia-northeast3",
    "el": "asia-south1",
    "et": "asia-southeast2",
    "ew": "europe-west1",
    "ey": "europe-west3",
    "ez": "europe-west4",
    "lm": "europe-central2",
    "lz": "europe-north1",
    "nn": "northamerica-northeast1",
    "no": "europe-southwest1",
    "nw": "europe-west2",
    "oa": "europe-west6",
    "rj": "southamerica-east1",
    "ts": "australia-southeast1",
    "uc": "us-central1",
    "ue": "us-east1",
    "uk": "us-east4",
    "uw": "us-west1",
    "wl": "us-west2",
    "wm": "us-west3",
    "wn": "us-west4",
}


def run_region(code: str) -> str:
    """The region of a code; empty if it is unknown."""
    return _REGIONS.get(code, "")
