// Draws saved messages with Microsoft's own renderer, as Teams would, into PNG files.
//
//   npm install --prefix /tmp/renderer adaptivecards@3 markdown-it@14    (once; nothing of it is kept here)
//   node docs/tools/render_cards.mjs /tmp/renderer OUT_DIR [--dark] MESSAGE.json…
//
// Needs node and a Chromium (CHROMIUM=… if it is not called chromium).

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const [modules, out, ...rest] = process.argv.slice(2);
const dark = rest.includes("--dark");
const files = rest.filter((name) => name !== "--dark");
if (!files.length) {
  console.error("usage: node render_cards.mjs MODULES_DIR OUT_DIR [--dark] MESSAGE.json…");
  process.exit(2);
}

const WIDTH = 660;
const script = (name) => readFileSync(join(modules, "node_modules", name), "utf8");
const adaptive = script("adaptivecards/dist/adaptivecards.min.js");
const markdown = script("markdown-it/dist/markdown-it.min.js");

const palette = dark
  ? { page: "#141414", card: "#292929", border: "#404040", text: "#ffffff", subtle: "#adadad", accent: "#7f85f5",
      good: "#92c353", warning: "#f8d22a", attention: "#f9526b", emphasis: "#1f1f1f",
      boxes: { good: "#1a2f16", warning: "#352b05", attention: "#3c1a20", accent: "#25263f" } }
  : { page: "#f5f5f5", card: "#ffffff", border: "#e0e0e0", text: "#242424", subtle: "#616161", accent: "#5b5fc7",
      good: "#237b4b", warning: "#835c00", attention: "#c4314b", emphasis: "#f5f5f5",
      boxes: { good: "#e7f2da", warning: "#fbf6d9", attention: "#fcf0f2", accent: "#e9eaf6" } };

const shade = (color) => ({ default: color, subtle: color });
const colors = {
  default: { default: palette.text, subtle: palette.subtle },
  accent: shade(palette.accent), good: shade(palette.good),
  warning: shade(palette.warning), attention: shade(palette.attention),
};
const box = (backgroundColor) => ({ backgroundColor, foregroundColors: colors });
const config = {
  fontTypes: {
    default: { fontFamily: "'Segoe UI', 'Open Sans', 'Noto Sans CJK JP', sans-serif",
      fontSizes: { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 },
      fontWeights: { lighter: 300, default: 400, bolder: 600 } },
    monospace: { fontFamily: "Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK JP', monospace",
      fontSizes: { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 },
      fontWeights: { lighter: 300, default: 400, bolder: 600 } },
  },
  spacing: { small: 8, default: 12, medium: 16, large: 20, extraLarge: 24, padding: 16 },
  separator: { lineThickness: 1, lineColor: palette.border },
  supportsInteractivity: true,
  containerStyles: {
    default: box(palette.card), emphasis: box(palette.emphasis), good: box(palette.boxes.good),
    warning: box(palette.boxes.warning), attention: box(palette.boxes.attention), accent: box(palette.boxes.accent),
  },
  actions: { maxActions: 6, buttonSpacing: 8, actionsOrientation: "horizontal", actionAlignment: "left", spacing: "default" },
  factSet: { title: { weight: "bolder", wrap: true, maxWidth: 150 }, value: { wrap: true }, spacing: 16 },
};

const page = (content) => `<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 16px; background: ${palette.page}; width: ${WIDTH - 32}px }
#card { background: ${palette.card}; border: 1px solid ${palette.border}; border-radius: 6px; overflow: hidden; box-shadow: 0 1px 3px #0002 }
.ac-pushButton { font: 600 14px 'Segoe UI', 'Open Sans', 'Noto Sans CJK JP', sans-serif; padding: 6px 14px; border-radius: 4px;
  border: 1px solid ${palette.border}; background: transparent; color: ${palette.text} }
p { margin: 0 }</style><div id="card"></div>
<script>${markdown}</script><script>${adaptive}</script><script>
AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = window.markdownit().render(text); result.didProcess = true;
};
const card = new AdaptiveCards.AdaptiveCard();
card.hostConfig = new AdaptiveCards.HostConfig(${JSON.stringify(config)});
const context = new AdaptiveCards.SerializationContext();
card.parse(${JSON.stringify(content).replaceAll("<", "\\u003c")}, context);
document.getElementById("card").append(card.render());
document.body.dataset.problems = Array.from({ length: context.eventCount }, (_, i) => context.getEventAt(i).message).join("; ");
document.body.dataset.height = Math.ceil(document.getElementById("card").getBoundingClientRect().height) + 32;
</script>`;

const work = mkdtempSync(join(tmpdir(), "cards-"));
const chromium = (...flags) =>
  execFileSync(process.env.CHROMIUM ?? "chromium",
    ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1.5", ...flags],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

for (const file of files) {
  const message = JSON.parse(readFileSync(file, "utf8"));
  const html = join(work, "card.html");
  writeFileSync(html, page(message.attachments[0].content));
  const dom = chromium(`--window-size=${WIDTH},2000`, "--dump-dom", `file://${html}`);
  const height = /data-height="(\d+)"/.exec(dom)[1];
  const problems = /data-problems="([^"]*)"/.exec(dom)[1];
  const png = join(out, basename(file).replace(/\.json$/, dark ? "-dark.png" : ".png"));
  chromium(`--window-size=${WIDTH},${height}`, `--screenshot=${png}`, `file://${html}`);
  console.log(`${png}${problems ? `  PROBLEMS: ${problems}` : ""}`);
}
