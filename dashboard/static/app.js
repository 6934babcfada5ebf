// The dashboard's own script: keyboard, toasts. Pages work without it.
"use strict";

(() => {
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
  let afterG = false;

  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || typing(event.target)) return;
    if (afterG) {
      afterG = false;
      const link = document.querySelector(`.side [data-key="${CSS.escape(event.key)}"]`);
      if (link) link.click();
      return;
    }
    if (event.key === "g") {
      afterG = true;
      setTimeout(() => { afterG = false; }, 1500);
    } else if (event.key === "/") {
      const search = document.querySelector(".search input");
      if (search) { event.preventDefault(); search.focus(); }
    }
  });

  const toast = document.querySelector(".toast");
  if (toast) setTimeout(() => toast.remove(), 8000);
})();
