"""A template is compiled once, and again after a change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from jinja2 import Environment, TemplateNotFound

from dashboard.compiled.loader import CACHE, DEPLOYED, CompiledLoader


def environment(folder: Path) -> Environment:
    return Environment(loader=CompiledLoader(folder), autoescape=True)


def compiled(folder: Path) -> list[str]:
    return sorted(path.name.rpartition("_")[0] for path in folder.glob("*_html_*") if path.is_file())


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    (tmp_path / "parts").mkdir()
    (tmp_path / "page.html").write_text('{% import "parts/one.html" as one %}{{ one.bold(name) }}!', encoding="utf-8")
    (tmp_path / "parts" / "one.html").write_text("{% macro bold(x) %}<b>{{ x }}</b>{% endmacro %}", encoding="utf-8")
    return tmp_path


def test_the_first_use_keeps_the_compiled_templates(templates: Path) -> None:
    assert environment(templates).get_template("page.html").render(name="<i>") == "<b>&lt;i&gt;</b>!"
    assert compiled(templates / CACHE) == ["page_html", "parts_one_html"]


def test_a_kept_template_is_not_compiled_again(templates: Path) -> None:
    environment(templates).get_template("page.html")
    (kept,) = (templates / CACHE).glob("page_html_*")
    changed = kept.read_text(encoding="utf-8").replace("!", "??")  # of another size: bytecode knows times by the second
    kept.write_text(changed, encoding="utf-8")
    assert environment(templates).get_template("page.html").render(name="a") == "<b>a</b>??"


def test_a_changed_template_is_compiled_again(templates: Path) -> None:
    environment(templates).get_template("page.html")
    (templates / "page.html").write_text("new", encoding="utf-8")
    assert environment(templates).get_template("page.html").render() == "new"


def test_a_deployment_brings_all_templates(templates: Path) -> None:
    made = environment(templates)
    assert isinstance(made.loader, CompiledLoader)
    made.loader.write_all(made, templates / DEPLOYED)
    assert compiled(templates / DEPLOYED) == ["page_html", "parts_one_html"]
    shutil.rmtree(templates / CACHE)
    assert environment(templates).get_template("page.html").render(name="a") == "<b>a</b>!"
    assert not (templates / CACHE).exists()


def test_a_deployment_copies_a_template_that_is_compiled_already(templates: Path) -> None:
    made = environment(templates)
    made.get_template("page.html")
    (kept,) = (templates / CACHE).glob("page_html_*.source")
    kept.write_text(kept.read_text(encoding="utf-8").replace("!", "??"), encoding="utf-8")
    assert isinstance(made.loader, CompiledLoader)
    made.loader.write_all(made, templates / DEPLOYED)
    assert environment(templates).get_template("page.html").render(name="a") == "<b>a</b>??"


def test_without_a_place_to_keep_it_a_template_is_compiled_in_memory(templates: Path) -> None:
    (templates / CACHE).write_text("not a folder", encoding="utf-8")
    assert environment(templates).get_template("page.html").render(name="a") == "<b>a</b>!"


def test_an_error_names_the_line_of_the_template(templates: Path) -> None:
    (templates / "page.html").write_text("\n\n{{ 1 / 0 }}", encoding="utf-8")
    with pytest.raises(ZeroDivisionError) as caught:
        environment(templates).get_template("page.html").render()
    last = caught.traceback[-1]
    assert (Path(last.path).name, last.lineno) == ("page.html", 2)


def test_a_template_that_does_not_exist_is_an_error(templates: Path) -> None:
    with pytest.raises(TemplateNotFound, match=r"missing\.html"):
        environment(templates).get_template("missing.html")
