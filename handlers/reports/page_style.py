"""The style sheet of the report page: light and dark, for phones, and for A4 sheets."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --paper: light-dark(#fcfbf9, #151413); --sunk: light-dark(#f5f3ef, #1b1918);
  --line: light-dark(#e8e4de, #2d2a27); --line-2: light-dark(#cdc6bc, #4a453f);
  --ink: light-dark(#1f1c19, #ece8e2); --ink-2: light-dark(#57504a, #b9b1a7); --ink-3: light-dark(#6f675f, #978f85);
  --fire: light-dark(#b9320f, #ff7a52); --rail: light-dark(#cfc8be, #494440);
  --font: -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Noto Sans", "Hiragino Sans",
    "Hiragino Kaku Gothic ProN", "Yu Gothic UI", "BIZ UDPGothic", Meiryo, "Noto Sans JP", "Noto Sans CJK JP", sans-serif;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "Noto Sans Mono", "Noto Sans CJK JP", monospace;
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 14px/20px var(--font); font-variant-numeric: tabular-nums; }
:lang(ja) body, html:lang(ja) body { line-height: 22px; line-break: strict; word-break: auto-phrase; }
h1, h2, p, ol, ul, table, figure { margin: 0; padding: 0; }
ol, ul { list-style: none; }
main { max-width: 828px; margin: 0 auto; padding: 32px 24px 64px; }
.over { display: flex; justify-content: space-between; gap: 16px; margin-bottom: 12px; font-size: 12px; color: var(--ink-3); }
h1 { max-width: 33em; font-size: 25px; line-height: 32px; font-weight: 600; letter-spacing: -.012em; text-wrap: balance; overflow-wrap: anywhere; }
:lang(ja) h1 { font-size: 23px; line-height: 34px; letter-spacing: 0; }
h1 span { display: inline-block; }
.sub { margin-top: 6px; color: var(--ink-2); text-wrap: pretty; }
section { margin-top: 28px; min-width: 0; }
h2 { padding-bottom: 8px; border-bottom: 1px solid var(--line); font-size: 13px; line-height: 20px; font-weight: 600; }
h2 .n { margin-left: 6px; font-weight: 400; color: var(--ink-3); }
.cols { display: grid; grid-template-columns: minmax(0, 1.5fr) minmax(0, 1fr); column-gap: 36px; }
table { width: 100%; border-collapse: collapse; font-size: 13px; }
th { padding: 6px 14px 5px 0; text-align: left; font-size: 12px; font-weight: 400; color: var(--ink-3); border-bottom: 1px solid var(--line); white-space: nowrap; }
td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; color: var(--ink-2); overflow-wrap: anywhere; }
td:first-child { color: var(--ink); font-weight: 600; }
td code { font-weight: 400; }
.figures td:first-child { font-weight: 400; }
.figures td:nth-child(2) { color: var(--ink); font-weight: 600; }
tr.total td { color: var(--ink); font-weight: 600; }
th:last-child, td:last-child { padding-right: 0; }
.r { text-align: right; white-space: nowrap; }
.urgent td:first-child::before, .todo .urgent .n { color: var(--fire); }
.urgent td:first-child::before { content: "■ "; font-size: 11px; }
.todo li { display: grid; grid-template-columns: 18px minmax(0, 1fr); gap: 0 8px; padding: 8px 0; border-bottom: 1px solid var(--line); font-size: 13px; overflow-wrap: anywhere; }
.todo .n { font-weight: 600; }
code { display: block; margin-top: 2px; font: 12px/18px var(--mono); color: var(--ink-2); overflow-wrap: anywhere; }
.sentence { padding-top: 8px; font-size: 13px; color: var(--ink-2); }
.faint { margin-top: 10px; font-size: 12px; line-height: 18px; color: var(--ink-3); text-wrap: pretty; }
footer { margin-top: 28px; }
svg { display: block; width: 100%; height: auto; margin-top: 12px; font-family: var(--font); overflow: visible; }
svg .all { fill: var(--rail); } svg .person { fill: var(--ink); } svg .base { stroke: var(--line-2); }
svg text { font-size: 11px; fill: var(--ink-3); } svg .count { fill: var(--ink-2); }
@media screen and (max-width: 759px) {
  main { padding: 20px 16px 48px; }
  h1 { font-size: 21px; line-height: 28px; }
  .cols { display: block; }
  .rows thead { display: none; }
  .rows tr { display: block; padding: 6px 0; border-bottom: 1px solid var(--line); }
  .rows td { display: inline; padding: 0 8px 0 0; border: 0; text-align: left; white-space: normal; }
  .rows td:first-child { display: block; }
  .rows td[data-label]::before { content: attr(data-label) " "; color: var(--ink-3); }
  .rows td[data-label]:nth-child(n + 3)::before { content: "· " attr(data-label) " "; }
  .rows td:nth-child(n + 3):not([data-label]):not(:empty)::before { content: "· "; }
  .figures td, .figures th { padding-right: 8px; }
}
@page { size: A4; margin: 15mm 16mm; }
@media print {
  :root { color-scheme: light; --paper: #fff; }
  body { font-size: 11px; line-height: 16px; }
  :lang(ja) body, html:lang(ja) body { line-height: 17px; }
  main { max-width: none; padding: 0; }
  h1 { font-size: 21px; line-height: 27px; }
  :lang(ja) h1 { font-size: 19px; line-height: 28px; }
  section { margin-top: 20px; }
  table, .todo li { font-size: 11.5px; }
  h2 { break-after: avoid; }
  tr, li, figure, .cols { break-inside: avoid; }
  .cols { grid-template-columns: minmax(0, 1.5fr) minmax(0, 1fr); }
}
"""
