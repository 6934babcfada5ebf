"""The pictures of docs/gallery.md, docs/email.md and docs/reports.md: every message of samples.py as a card and as an e-mail."""

from __future__ import annotations

import re
import subprocess
from html import escape
from pathlib import Path

from demo.cards import card_page
from demo.cards.sample_report import sample_report
from demo.cards.samples import samples
from handlers.messages.mail_html import as_html

WIDTH, MAIL_WIDTH = 1960, 640  # pixels
REPORT_WIDTH = 860
COLUMNS = "columns: 3; column-gap: 24px; max-width: none; margin: 0; padding: 24px; width: 1912px"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')  # it would forbid the script that measures
_MEASURE = "<script>document.body.dataset.height = document.documentElement.scrollHeight</script>"
_HEIGHT = re.compile(r'data-height="(\d+)"')


def pages(language: str) -> dict[str, str]:
    """The page of each picture, by the name of its file."""
    made, report = samples(language), sample_report(language)
    end = "" if language == "en" else f"-{language}"
    return {
        f"gallery-cards{end}": _cards([*made.items(), ("report", report.card)]),
        f"gallery-mail{end}": _mails({**made, "report": report.mail}, language),
        f"mail-opened{end}": as_html(made["opened"]),
        f"report{end}": _POLICY.sub("", report.page),
    }


def draw(browser: str, work: Path, images: Path) -> list[Path]:
    """Draws the pictures with a browser. Raises CalledProcessError when the browser fails."""
    work.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, page in {**pages("en"), **pages("ja")}.items():
        file = work / f"{name}.html"
        file.write_text(page, encoding="utf-8")
        width = WIDTH if "gallery" in name else REPORT_WIDTH if name.startswith("report") else MAIL_WIDTH
        drawn.append(picture(browser, file, images / f"{name}.png", width))
    return drawn


def picture(browser: str, page: Path, png: Path, width: int) -> Path:
    """Draws a page at its full height."""
    measured = page.with_suffix(".measured.html")
    measured.write_text(page.read_text(encoding="utf-8").replace("</body>", f"{_MEASURE}</body>"), encoding="utf-8")
    dom = _run(browser, f"--window-size={width},400", "--dump-dom", measured.as_uri())
    found = _HEIGHT.search(dom)
    height = int(found[1]) if found else 2_000
    _run(browser, f"--window-size={width},{height}", f"--screenshot={png}", page.as_uri())
    return png


def _cards(messages: list[tuple[str, dict[str, object]]]) -> str:
    page = _POLICY.sub("", card_page.page(messages, "Cards"))
    style = (
        f"<style>body {{ {COLUMNS} }} h2, article {{ break-inside: avoid }} h2 {{ break-after: avoid }}</style></head>"
    )
    return page.replace("</head>", style)


def _mails(messages: dict[str, dict[str, object]], language: str) -> str:
    parts = []
    for name, message in messages.items():
        body = _BODY.search(as_html(message))
        heading = f'<div style="font:14px sans-serif;color:#616161;padding:0 10px">{escape(name)}</div>'
        parts.append(f'<div style="break-inside:avoid;padding-bottom:8px">{heading}{body[1] if body else ""}</div>')
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body style="background:#f5f3ef;{COLUMNS}">'
        f"{''.join(parts)}</body></html>"
    )


def _run(browser: str, *flags: str) -> str:
    done = subprocess.run([browser, *FLAGS, *flags], capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout
