// The keyboard: j and k step through the stories of a list (on a story's page to the next and the one before), o opens,
// / searches, ? shows the keys. Pages work without it.
"use strict";

(() => {
  const dialog = document.getElementById("keys");
  const titles = () => [...document.querySelectorAll(".story-title a")];

  const step = (by) => {
    const all = titles();
    if (!all.length) {
      document.querySelector(`main a[rel=${by > 0 ? "next" : "prev"}]`)?.click();
      return;
    }
    const here = all.findIndex((one) => one.closest(".story").contains(document.activeElement));
    const to = here < 0 ? (by > 0 ? 0 : all.length - 1) : here + by;
    if (to >= 0 && to < all.length) {
      all[to].focus({ preventScroll: true });
      all[to].closest(".story").scrollIntoView({ block: "nearest" });
    }
  };

  const actions = {
    j: () => step(1),
    k: () => step(-1),
    o: () => {
      const story = document.activeElement.closest?.(".story");
      (story ? story.querySelector(".story-title a") : document.querySelector("main a.origin"))?.click();
    },
    "/": () => {
      const field = document.getElementById("q");
      field.focus();
      field.select();
    },
    "?": () => (dialog.open ? dialog.close() : dialog.showModal()),
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, select, textarea, [contenteditable]");
    const action = actions[event.key];
    if (!action || typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (dialog.open && event.key !== "?") return;
    event.preventDefault();
    action();
  });

  for (const one of document.querySelectorAll("[data-opens=keys]")) {
    one.hidden = false;
    one.addEventListener("click", () => dialog.showModal());
  }
})();
