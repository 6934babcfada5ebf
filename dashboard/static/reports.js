// The button that prints the report; without JavaScript the browser's own command does. A report that is being created
// takes its place when it is ready, and says so when it cannot be created.
"use strict";

(() => {
  const buttons = document.querySelectorAll("[data-print]");
  const pending = () => document.querySelector(".pending");
  const show = () => { for (const button of buttons) button.hidden = Boolean(pending()); };

  for (const button of buttons) button.addEventListener("click", () => print());
  for (const failure of ["htmx:responseError", "htmx:sendError"]) {
    document.body.addEventListener(failure, (event) => {
      if (event.detail.elt !== pending()) return;
      pending().setAttribute("aria-busy", "false");
      pending().querySelector(".creation").hidden = true;
      pending().querySelector(".failure").hidden = false;
    });
  }
  document.body.addEventListener("htmx:afterSwap", show);
  show();
})();
