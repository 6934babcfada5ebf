// The handle of the date slider: arrow keys move to the next change, letting go opens the page at that time. Empty dates.
"use strict";

for (const slider of document.querySelectorAll(".slider")) {
  const handle = slider.querySelector("input");
  const from = Date.parse(slider.dataset.from);
  const to = Date.parse(slider.dataset.to);
  const marks = handle.dataset.marks.trim().split(" ").filter(Boolean).map((text) => Date.parse(text)).sort((a, b) => a - b);
  const chosen = () => from + (to - from) * Number(handle.value) / 1000;
  let moved = null;

  const open = (time) => {
    const address = new URL(location.href);
    if (time >= to) address.searchParams.delete("at");
    else address.searchParams.set("at", new Date(time).toISOString());
    if (address.href !== location.href) location.assign(address);
  };

  handle.hidden = false;
  slider.classList.add("moves");
  handle.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const now = moved ?? (new URL(location.href).searchParams.has("at") ? chosen() : to);
    const near = (to - from) / 2000;
    const next = step < 0 ? marks.filter((time) => time < now - near).pop() ?? from : marks.find((time) => time > now + near) ?? to;
    moved = next;
    handle.value = String((next - from) / (to - from) * 1000);
  });
  handle.addEventListener("keyup", (event) => { if (event.key === "Enter" && moved !== null) open(moved); });
  handle.addEventListener("change", () => open(chosen()));
  handle.addEventListener("blur", () => { if (moved !== null) open(moved); });
}

// A matrix is one stop of the Tab key; arrow keys move between its cells.
for (const table of document.querySelectorAll("table.cells")) {
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.querySelector("a")));
  const links = rows.flat().filter(Boolean);
  const enter = (link) => { for (const each of links) each.tabIndex = each === link ? 0 : -1; };
  enter(links[0]);
  table.addEventListener("focusin", (event) => { if (links.includes(event.target)) enter(event.target); });
  table.addEventListener("keydown", (event) => {
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
    let row = rows.findIndex((cells) => cells.includes(event.target));
    if (row < 0 || (!down && !right)) return;
    event.preventDefault();
    let column = rows[row].indexOf(event.target);
    do { row += down; column += right; } while (rows[row]?.[column] === null);  // cells without access have no link
    rows[row]?.[column]?.focus();
  });
}

// An empty date shows its pattern lightly, like a placeholder; the style sheet cannot see what is typed into it.
for (const field of document.querySelectorAll('input[type^="date"]')) {
  field.addEventListener("input", () => field.classList.toggle("filled", field.value !== ""));
}
