// Theme, keyboard, unsaved changes, toasts. Everything else is HTML and htmx.
"use strict";
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const wish = () => localStorage.getItem("theme") || (dark.matches ? "dark" : "light");
  const paint = () => root.setAttribute("data-bs-theme", wish());
  paint();
  dark.addEventListener("change", paint);

  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
  const go = { h: "/", c: "/calendar", p: "/posts", a: "/analytics", r: "/requirements" };
  let waiting = "";

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = event.target.closest("form");
      if (form) { event.preventDefault(); form.requestSubmit(form.querySelector("[data-save]") || undefined); }
      return;
    }
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (waiting === "g" && go[event.key]) { location.href = go[event.key]; return; }
    waiting = event.key === "g" ? "g" : "";
    if (event.key === "?") document.getElementById("keys")?.togglePopover();
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (target) { event.preventDefault(); target.matches("input") ? target.focus() : target.click(); }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest(".theme")) {
      localStorage.setItem("theme", wish() === "dark" ? "light" : "dark");
      paint();
    }
    document.querySelectorAll("details.pick[open]").forEach((open) => { if (!open.contains(event.target)) open.open = false; });
  });

  // A form marked data-warn asks before its changes are left behind.
  let unsaved = false;
  document.addEventListener("input", (event) => { if (event.target.closest("form[data-warn]")) unsaved = true; });
  document.addEventListener("submit", (event) => { if (event.target.closest("form[data-warn]")) unsaved = false; });
  addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

  // Toasts leave after ten seconds, the time that an undo is offered.
  const age = (line) => setTimeout(() => line.remove(), 10000);
  addEventListener("DOMContentLoaded", () => {
    const toasts = document.getElementById("toasts");
    toasts.querySelectorAll(".toast-line").forEach(age);
    new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((node) => node.matches?.(".toast-line") && age(node))))
      .observe(toasts, { childList: true });
  });
})();
