from cli import settings
from shared.config import ROOT


def test_the_page_of_the_settings_is_what_the_code_says() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == settings.markdown(), "run: hinomi settings --markdown > docs/settings.md"
