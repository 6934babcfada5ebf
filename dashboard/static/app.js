// The dashboard's own script: live parts, selection, keyboard, toasts. Pages work without it.
"use strict";

(() => {
  const root = document.documentElement;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("js");

  // ── the chosen one of a row of links that is wider than the screen ───────────────────────────────────────
  for (const chosen of all(".seg [aria-current]")) {
    const row = chosen.parentElement;
    if (row.scrollWidth > row.clientWidth) row.scrollLeft = chosen.offsetLeft - row.offsetLeft - (row.clientWidth - chosen.offsetWidth) / 2;
  }

  // ── live parts: every 10 seconds while the page is visible, and at once when it becomes visible ──────────
  const EVERY = 10000;
  const STALE = 30000;
  const live = one(".live");
  const part = one("#live");
  let updated = Date.now();
  let paused = false;

  function refresh() {
    if (part && !paused && !document.hidden) document.body.dispatchEvent(new Event("refresh"));
  }

  function showAge() {
    if (!live) return;
    const seconds = Math.round((Date.now() - updated) / 1000);
    const stale = seconds * 1000 > STALE + EVERY && !paused;
    const clock = new Date(updated).toLocaleTimeString(root.lang, { hour: "2-digit", minute: "2-digit" });
    one(".words", live).textContent = paused ? live.dataset.paused : stale ? live.dataset.stale : live.dataset.word;
    one(".age", live).textContent = stale || paused ? clock : live.dataset.age.replace("%", seconds);
    one("use", live).setAttribute("href", stale ? "#g-late" : paused ? "#g-silenced" : "#g-well");
    one("svg", live).setAttribute("class", `g ${stale ? "s-late" : paused ? "s-silenced" : "s-well"}`);
  }

  // An element with data-live is replaced where it stands when it has changed; a row never moves and no row is added.
  // What stands in an element with data-part comes from an address of its own.
  function update(html, within) {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    for (const present of all("[data-live][id]", within)) {
      if (within === part && present.closest("[data-part]")) continue;
      const next = parsed.getElementById(present.id);
      if (!next || next.innerHTML === present.innerHTML) continue;
      // What somebody types in or has unfolded stays as it is.
      if ((present.tagName !== "TR" && present.contains(document.activeElement)) || one("details[open]", present)) continue;
      const checked = one("input:checked", present);
      present.replaceChildren(...next.childNodes);
      if (checked && one("input", present)) one("input", present).checked = true;
      if (present.tagName === "TR") {
        present.classList.remove("fresh");
        void present.offsetWidth;
        present.classList.add("fresh");
      }
    }
  }

  if (part && live) {
    live.hidden = false;
    setInterval(refresh, EVERY);
    setInterval(showAge, 1000);
    showAge();
    document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
    document.body.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.successful && event.detail.elt.matches("[data-part]")) update(event.detail.xhr.responseText, event.detail.elt);
      if (event.detail.elt !== part) return;
      if (event.detail.successful) {
        updated = Date.now();
        if (part.getAttribute("hx-swap") === "none") update(event.detail.xhr.responseText, part);
      }
      showAge();
    });
    one("button", live).addEventListener("click", (event) => {
      paused = !paused;
      event.target.textContent = paused ? event.target.dataset.resume : event.target.dataset.pause;
      showAge();
      refresh();
    });
  }

  // ── selection of rows ────────────────────────────────────────────────────────────────────────────────────
  const bulk = one(".bulk");
  function countSelected() {
    if (!bulk) return;
    const count = all(".rows input[name=id]:checked").length;
    one(".chosen", bulk).textContent = count;
    bulk.classList.toggle("some", count > 0);
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) for (const box of all("input[name=id]", event.target.closest("tbody"))) box.checked = event.target.checked;
    countSelected();
  });
  countSelected();

  // ── menus: one is open at a time ─────────────────────────────────────────────────────────────────────────
  document.addEventListener("click", (event) => {
    for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // ── keyboard ─────────────────────────────────────────────────────────────────────────────────────────────
  let afterG = false;
  // The rows of the list of a page; on a page without one, those of its tables that lead somewhere.
  const rows = () => {
    const listed = all("table.rows tbody tr[id]");
    return (listed.length ? listed : all("main table.t tbody tr:has(a)")).filter((row) => row.offsetParent);
  };

  function move(step) {
    const listed = rows();
    if (!listed.length) return;
    const at = listed.findIndex((row) => row.classList.contains("at"));
    const next = listed[Math.min(Math.max(at + step, 0), listed.length - 1)];
    if (at >= 0) listed[at].classList.remove("at");
    next.classList.add("at");
    next.scrollIntoView({ block: "nearest" });
  }

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    x: () => { const box = one("tr.at input[type=checkbox]"); if (box) box.click(); },
    Enter: () => { const link = one("tr.at a, tr.at summary"); if (link) link.click(); },
    a: () => { const button = one(".bulk.some button:enabled") || one("[data-shortcut=a]:enabled"); if (button) button.click(); },
    "?": () => one("#keys").showModal(),
    "/": () => { const search = one(".search input"); if (search) search.focus(); },
    Escape: () => {
      for (const menu of all("details.menu[open]")) {
        if (menu.contains(document.activeElement)) one("summary", menu).focus();
        menu.open = false;
      }
      for (const box of all(".rows input:checked")) box.checked = false;
      countSelected();
    },
  };

  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || one("dialog[open]")) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (afterG) {
      afterG = false;
      const link = one(`.side [data-key="${CSS.escape(event.key)}"]`);
      if (link) link.click();
      return;
    }
    if (event.key === "g") {
      afterG = true;
      setTimeout(() => { afterG = false; }, 1500);
      return;
    }
    const shortcut = one(`[data-shortcut="${CSS.escape(event.key)}"]:not([disabled])`);
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
    else if (shortcut) { event.preventDefault(); shortcut.click(); }
  });

  // ── palette and the list of keys ─────────────────────────────────────────────────────────────────────────
  const palette = one("#palette");
  const typed = palette && one("input", palette);
  function openPalette() {
    palette.showModal();
    typed.select();
    typed.dispatchEvent(new Event("opened"));
  }

  // The arrows move the focus from the field through the results and back; Enter in the field opens the first result.
  function choose(step) {
    const stops = [typed, ...all("#found a", palette)];
    const at = stops.indexOf(document.activeElement);
    stops[(at + step + stops.length) % stops.length].focus();
  }

  if (palette) {
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        if (palette.open) palette.close(); else openPalette();
      } else if (palette.open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        event.preventDefault();
        choose(event.key === "ArrowDown" ? 1 : -1);
      }
    });
    one("form", palette).addEventListener("submit", (event) => {
      const link = one("#found .first a", palette);
      if (link) { event.preventDefault(); location.assign(link.href); }
    });
    palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
    for (const opener of all("[data-palette]")) {
      opener.addEventListener("click", (event) => { event.preventDefault(); openPalette(); });
    }
  }

  // ── toast ────────────────────────────────────────────────────────────────────────────────────────────────
  const toast = one(".toast");
  if (toast) setTimeout(() => toast.remove(), 8000);
})();
