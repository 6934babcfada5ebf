"""`python -m demo.pictures`: creates the pictures of README and docs/ (`make pictures`).

Those of README, docs/teams.md and docs/dashboard.md come from runs of the demo, the others from demo/cards/samples.py.

It needs Chromium to convert SVG and HTML to PNG, and node with npm for Microsoft's own renderer of cards, which npm
downloads once into .hinomi/renderer. If one is missing, it prints what to install and exits with 0.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from demo import dashboard_pictures
from demo.__main__ import SVG
from demo.cards import gallery
from demo.functions import BIN, ROOT
from demo.runner import FOLDER
from demo.screen import PICTURE_WIDTH

IMAGES = ROOT / "docs" / "images"
WORK = ROOT / ".hinomi" / "pictures"
RENDERER = ROOT / ".hinomi" / "renderer"
PACKAGES = ("adaptivecards@3", "markdown-it@14")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
HISTORY = (
    ("jobs", "slow", "--days", "1"),
    ("cost", "by", "user"),
    ("access", "diff", "1d"),
)
# The picture of a card: the folder of the run, the rule of the incident, and whether the card says that it is resolved.
FOLDERS = {"en": FOLDER, "ja": WORK / "ja"}
CARDS = {
    "card-opened": ("en", "composer/task_failed", False),
    "card-resolved": ("en", "storage/bucket_made_public", True),
    "card-opened-ja": ("ja", "composer/task_failed", False),
}
RESOLVED = '"style": "good"'
# Fonts without which a picture has boxes instead of letters: the name, a pattern of fontconfig, a package.
FONTS = (
    ("Japanese letters", ":lang=ja", "fonts-noto-cjk"),
    ("emoji", ":charset=1f6a8", "fonts-noto-color-emoji"),
)


def main() -> int:
    """Creates every picture; returns the exit code."""
    browser = next((path for name in BROWSERS if (path := shutil.which(os.environ.get("CHROMIUM", name)))), None)
    if browser is None:
        print(
            "no pictures: install Chromium (on Debian: apt-get install chromium fonts-noto-cjk fonts-noto-color-emoji), or set CHROMIUM"
        )
        return 0
    for name, of_letters, package in FONTS:
        if not _has_font(of_letters):
            print(f"no pictures: install a font of {name} (on Debian: apt-get install {package})")
            return 0
    shutil.rmtree(WORK, ignore_errors=True)
    for png in gallery.draw(browser, WORK / "gallery", IMAGES):
        print(png.relative_to(ROOT))
    run_demo("en", "--picture", str(WORK))
    (WORK / "history.svg").write_text(history_svg(FOLDERS["en"]), encoding="utf-8")
    for name in ("demo", "history"):
        svg_to_png(browser, WORK / f"{name}.svg", IMAGES / f"{name}.png")
    run_demo("ja")
    for language, folder in FOLDERS.items():
        for png in dashboard_pictures.draw(browser, folder, IMAGES, language):
            print(png.relative_to(ROOT))
    if shutil.which("node") is None or shutil.which("npm") is None:
        print("no pictures of cards: install node and npm")
        return 0
    draw_cards(browser)
    return 0


def _has_font(pattern: str) -> bool:
    """Whether a font matches a pattern of fontconfig; a system without fontconfig has its own fonts."""
    if shutil.which("fc-list") is None:
        return True
    return bool(subprocess.run(["fc-list", pattern], capture_output=True, check=True).stdout)  # noqa: S603, S607


def run_demo(language: str, *options: str) -> None:
    """Runs the demo in a language, in its folder of FOLDERS. Raises CalledProcessError when the demo fails."""
    zone = "Asia/Tokyo" if language == "ja" else "UTC"
    environment = os.environ | {"HINOMI_LANGUAGE": language, "HINOMI_TIMEZONE": zone}
    arguments = [sys.executable, "-m", "demo", "--folder", str(FOLDERS[language]), *options]
    subprocess.run(arguments, cwd=ROOT, env=environment, check=True)  # noqa: S603


def history_svg(folder: Path) -> str:
    """The answers of HISTORY from the Schema DB of a demo run, as a picture of a terminal."""
    console = Console(record=True, width=PICTURE_WIDTH, file=Path(os.devnull).open("w"), highlight=False)  # noqa: SIM115
    environment = os.environ | {
        "HINOMI_SCHEMA_DB_URL": f"sqlite:///{folder / 'schema.db'}", "COLUMNS": str(PICTURE_WIDTH), "FORCE_COLOR": "1"
    }  # fmt: skip
    for arguments in HISTORY:
        command = [str(BIN / "hinomi"), *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
        console.print(Text.assemble(("$ ", "yellow"), (f"hinomi {' '.join(arguments)}", "bold")))
        console.print(Text.from_ansi(done.stdout))
    return console.export_svg(title="hinomi", code_format=SVG)


def svg_to_png(browser: str, svg: Path, png: Path) -> None:
    """Draws an SVG picture at its own size."""
    size = SIZE.search(svg.read_text(encoding="utf-8"))
    width, height = (round(float(number)) for number in (size[1], size[2])) if size else (1200, 800)
    page = svg.with_suffix(".html")
    page.write_text(f'<body style="margin:0"><img src="{svg.name}" width="{width}">', encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={width},{height}"]
    subprocess.run(  # noqa: S603
        [browser, *options, f"--screenshot={png}", page.as_uri()], check=True, stderr=subprocess.DEVNULL
    )
    print(png.relative_to(ROOT))


def draw_cards(browser: str) -> None:
    """Draws the cards of CARDS with Microsoft's renderer. Raises CalledProcessError when the renderer fails."""
    if not (RENDERER / "node_modules").is_dir():
        subprocess.run(["npm", "install", "--silent", "--prefix", str(RENDERER), *PACKAGES], check=True)  # noqa: S603, S607
    files = []
    for name, (language, rule, resolved) in CARDS.items():
        card = card_of(FOLDERS[language] / "cards", rule, resolved=resolved)
        if card is None:
            print(f"docs/images/{name}.png is kept: every such message of this run of the demo was in a digest")
            continue
        files.append(WORK / f"{name}.json")
        shutil.copy(card, files[-1])
    script = ROOT / "docs" / "tools" / "render_cards.mjs"
    arguments = ["node", str(script), str(RENDERER), str(IMAGES), *map(str, files)]
    subprocess.run(arguments, cwd=ROOT, env=os.environ | {"CHROMIUM": browser}, check=True)  # noqa: S603


def card_of(folder: Path, rule: str, *, resolved: bool) -> Path | None:
    """The first card about the opening or the resolution of an incident; of a rule, if there is one.

    None if all of these messages were sent in digests, which depends on the speed of the machine.
    """
    cards = {file: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.json"))}
    found = [file for file, text in cards.items() if "FactSet" in text and (RESOLVED in text) == resolved]
    of_rule = [file for file in found if rule in cards[file].replace("\\", "")]
    return next(iter(of_rule or found), None)


if __name__ == "__main__":
    sys.exit(main())
