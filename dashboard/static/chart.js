// Charts over time: the values under the pointer on every chart of the page, and a drag that opens a shorter range.
// The drawing is the server's; the values are those of its table. Pages work without it.
"use strict";

(() => {
  const figure = document.querySelector("figure[data-start]");
  if (!figure) return;
  const start = Date.parse(figure.dataset.start);
  const end = Date.parse(figure.dataset.end);
  const head = [...figure.querySelectorAll("thead th")].map((cell) => cell.textContent);
  const points = [...figure.querySelectorAll("tr[data-time]")]
    .map((row) => ({ time: Number(row.dataset.time), part: Number(row.dataset.part), cells: [...row.cells].map((cell) => cell.textContent) }))
    .reverse();
  if (!points.length) return;

  const SVG = "http://www.w3.org/2000/svg";
  const LEAST_DRAG = 0.01; // of the range
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("role", "status");
  figure.append(tip);
  let at = -1;
  let from = null;

  const charts = () => [...document.querySelectorAll("svg[data-left]")].filter((svg) => svg.getBoundingClientRect().width);
  const main = () => charts().find((svg) => figure.contains(svg));
  const number = (svg, name) => Number(svg.dataset[name]);
  const width = (svg) => svg.viewBox.baseVal.width - number(svg, "left");

  function mark(svg, name, kind) {
    let found = svg.querySelector(`.${name}`);
    if (!found) {
      found = document.createElementNS(SVG, kind);
      found.setAttribute("class", name);
      svg.append(found);
    }
    return found;
  }

  function place(element, values) {
    for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
  }

  function clear() {
    at = -1;
    tip.hidden = true;
    for (const found of document.querySelectorAll("svg .cross, svg .spot, svg .picked")) found.remove();
  }

  // The part of the range under the pointer, from 0 to 1.
  function part(svg, event) {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    return Math.min(Math.max((x - number(svg, "left")) / width(svg), 0), 1);
  }

  function nearest(time) {
    let low = 0;
    let high = points.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (points[middle].time < time) low = middle + 1; else high = middle;
    }
    return low > 0 && time - points[low - 1].time < points[low].time - time ? low - 1 : low;
  }

  function show(index) {
    const svg = main();
    if (!svg) return;
    at = Math.min(Math.max(index, 0), points.length - 1);
    const point = points[at];
    const share = (point.time - start) / (end - start);
    for (const each of charts()) {
      const x = number(each, "left") + share * width(each);
      place(mark(each, "cross", "line"), { x1: x, x2: x, y1: number(each, "top"), y2: number(each, "base") });
    }
    const x = number(svg, "left") + share * width(svg);
    const y = number(svg, "base") - point.part * (number(svg, "base") - number(svg, "top"));
    place(mark(svg, "spot", "circle"), { cx: x, cy: y, r: 3.5 });
    tip.replaceChildren(...point.cells.flatMap((text, column) => {
      if (!text) return [];
      const line = document.createElement(column ? "span" : "b");
      line.textContent = column ? `${head[column]} ${text}` : text;
      return [line];
    }));
    tip.hidden = false;
    const shown = svg.getBoundingClientRect();
    const left = (x / svg.viewBox.baseVal.width) * shown.width;
    const beside = left + 14 + tip.offsetWidth > shown.width ? left - 14 - tip.offsetWidth : left + 14;
    tip.style.left = `${Math.max(beside, 0)}px`;
    tip.style.top = `${(number(svg, "top") / svg.viewBox.baseVal.height) * shown.height}px`;
  }

  function pick(svg, share) {
    const [low, high] = [Math.min(from, share), Math.max(from, share)];
    place(mark(svg, "picked", "rect"), {
      x: number(svg, "left") + low * width(svg), width: (high - low) * width(svg),
      y: number(svg, "top"), height: number(svg, "base") - number(svg, "top"),
    });
    return [low, high];
  }

  function open(low, high) {
    const address = new URL(location.href);
    const moment = (share) => new Date(start + share * (end - start)).toISOString();
    address.searchParams.delete("range");
    address.searchParams.set("from", moment(low));
    address.searchParams.set("to", moment(high));
    location.assign(address);
  }

  figure.addEventListener("pointermove", (event) => {
    const svg = event.target.closest("svg[data-left]");
    if (!svg) return;
    const share = part(svg, event);
    show(nearest(start + share * (end - start)));
    if (from !== null) pick(svg, share);
  });
  figure.addEventListener("pointerleave", () => { from = null; clear(); });
  figure.addEventListener("pointerdown", (event) => {
    const svg = event.target.closest("svg[data-left]");
    if (svg && event.pointerType === "mouse" && event.button === 0 && !event.target.closest("a")) {
      from = part(svg, event);
      event.preventDefault();
    }
  });
  figure.addEventListener("pointerup", (event) => {
    const svg = main();
    if (from === null || !svg) return;
    const [low, high] = pick(svg, part(svg, event));
    from = null;
    if (high - low >= LEAST_DRAG) open(low, high); else clear();
  });
  figure.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.target !== figure) return;
    event.preventDefault();
    show(at < 0 ? points.length - 1 : at + step);
  });
  figure.addEventListener("blur", clear);
})();
