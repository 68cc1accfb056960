// What every page does in the browser: colours, keys, unsaved changes, toasts, menus. Pages work without it.
(() => {
  const store = { get: (k) => { try { return localStorage.getItem(k); } catch { return null; } },
                  set: (k, v) => { try { localStorage.setItem(k, v); } catch { /* private window */ } } };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const $ = (what, within = document) => within.querySelector(what);
  const all = (what, within = document) => [...within.querySelectorAll(what)];

  // Colours: set before the first paint, which is why this file is not deferred.
  const paint = () => {
    const choice = store.get("theme") || "system";
    document.documentElement.dataset.bsTheme = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
    all("[data-theme-choice]").forEach((b) => b.setAttribute("aria-pressed", b.dataset.themeChoice === choice));
    document.dispatchEvent(new Event("theme"));
  };
  paint();
  dark.addEventListener("change", paint);

  // Forms: a form with data-keep warns before leaving with unsaved changes.
  const dirty = new Set();
  const keeps = (form) => form && form.matches("form[data-keep]");
  addEventListener("input", (e) => { if (keeps(e.target.form)) dirty.add(e.target.form); });
  addEventListener("submit", (e) => {
    dirty.delete(e.target);
    if (e.defaultPrevented || e.target.method === "get" || !e.submitter) return;
    const button = e.submitter; // after the browser has read the form, a second press does nothing
    setTimeout(() => { button.setAttribute("aria-busy", "true"); });
    setTimeout(() => button.removeAttribute("aria-busy"), 4000);
  });
  addEventListener("beforeunload", (e) => { if ([...dirty].some((f) => f.isConnected)) e.preventDefault(); });
  addEventListener("pageshow", () => all("[aria-busy]").forEach((b) => b.removeAttribute("aria-busy")));

  // Toasts leave by themselves, but not while somebody is reading or reaching for Undo.
  const watchToast = (line) => {
    if (line.dataset.watched) return;
    line.dataset.watched = "yes";
    let left = Number(line.dataset.seconds || 6);
    const tick = setInterval(() => {
      if (!line.isConnected) return clearInterval(tick);
      if (line.matches(":hover, :focus-within")) return;
      if (--left <= 0) { clearInterval(tick); line.remove(); }
    }, 1000);
  };
  const watchToasts = () => all(".toast-line").forEach(watchToast);

  // A refused form: say each sentence at its field, and go to the first.
  const markFields = (form, list) => {
    all(".field-error[data-live]", form).forEach((p) => p.remove());
    all("[aria-invalid]", form).forEach((f) => { f.removeAttribute("aria-invalid"); f.classList.remove("is-invalid"); });
    const wrong = all("[data-field]", list).map((line) => {
      const input = form.elements.namedItem(line.dataset.field);
      const first = input && (input.length && !input.options ? input[0] : input);
      if (!first || first.type === "hidden") return null;
      const words = Object.assign(document.createElement("p"), { className: "field-error", textContent: $("span", line).textContent });
      words.dataset.live = "yes";
      words.id = `${first.id || first.name}-live-error`;
      first.setAttribute("aria-invalid", "true");
      first.setAttribute("aria-describedby", words.id);
      first.classList.add("is-invalid");
      (first.closest(".field") || first.parentElement).append(words);
      return first;
    }).filter(Boolean);
    if (wrong[0]) wrong[0].focus();
  };
  let sentForm = null;

  // Keys.
  const open = (id) => { const d = document.getElementById(id); if (d && d.showModal) d.showModal(); };
  const go = { h: "/", c: "/calendar", p: "/posts", a: "/analytics", n: "/notices" };
  let gPressed = 0;
  const typing = (el) => el.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && !/^(checkbox|radio|button|submit)$/.test(el.type));
  addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key === "Enter") {
      const form = e.target.form || e.target.closest("form");
      if (form) { e.preventDefault(); form.requestSubmit($("[data-save]", form) || undefined); }
      return;
    }
    if (e.key === "Escape") {
      const menu = $("details.menu[open]");
      if (menu) { menu.open = false; $("summary", menu).focus(); }
      return;
    }
    if (typing(e.target) || e.ctrlKey || e.metaKey || e.altKey || $("dialog[open]")) return;
    if (e.key === "?") return open("keys");
    if (e.key === "/") { const box = $("#search"); if (box) { e.preventDefault(); box.focus(); box.select(); } return; }
    if (e.key === "g") { gPressed = Date.now(); return; }
    if (Date.now() - gPressed < 1200 && go[e.key]) { gPressed = 0; location.href = go[e.key]; return; }
    gPressed = 0;
    if (e.key === "n" && $(".frame")) location.href = "/posts/new";
  });

  addEventListener("click", (e) => {
    const at = (what) => e.target.closest(what);
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(e.target)) menu.open = false; });
    const theme = at("[data-theme-choice]"), gone = at("[data-remove]"), opener = at("[data-open]"), close = at("[data-close-menu]");
    if (theme) { store.set("theme", theme.dataset.themeChoice); paint(); }
    if (gone) gone.closest(gone.dataset.remove).remove();
    if (opener) open(opener.dataset.open);
    if (close) close.closest("details").open = false;
    if (e.target.matches("dialog.dialog")) e.target.close();
  });
  // A list with an order: a drop asks for the same place as its arrows do, and is put back where it was refused.
  const ordered = (e) => {
    const form = $("form", e.item), to = Object.assign(document.createElement("input"), { type: "hidden", name: "to", value: e.newIndex });
    if (e.newIndex === e.oldIndex) return;
    form.append(to);
    form.addEventListener("htmx:afterRequest", (answer) => {
      if (!answer.detail.successful) { to.remove(); e.from.insertBefore(e.item, e.from.children[e.oldIndex + (e.oldIndex > e.newIndex)] || null); }
    }, { once: true });
    form.requestSubmit();
  };
  const inOrder = () => window.Sortable && all("[data-in-order]").filter((list) => !Sortable.get(list)).forEach((list) =>
    new Sortable(list, { delay: 200, delayOnTouchOnly: true, animation: 120, ghostClass: "is-ghost", onEnd: ordered }));

  addEventListener("error", (e) => { // a platform without a logo of its own
    const image = e.target;
    if (image.dataset && image.dataset.fallback) { image.src = image.dataset.fallback; delete image.dataset.fallback; }
  }, true);

  addEventListener("DOMContentLoaded", () => {
    paint();
    watchToasts();
    inOrder();
    document.body.addEventListener("htmx:load", inOrder);
    new MutationObserver(watchToasts).observe($("#toasts"), { childList: true, subtree: true });
    const busy = $("#busy");
    let under = 0;
    const count = (by) => { under = Math.max(0, under + by); busy.classList.toggle("is-on", under > 0); };
    document.body.addEventListener("htmx:beforeRequest", (e) => {
      count(1);
      sentForm = e.detail.elt.closest("form") || sentForm;
    });
    document.body.addEventListener("htmx:afterRequest", (e) => {
      count(-1);
      if (!e.detail.successful && keeps(e.detail.elt)) dirty.add(e.detail.elt);
      if (e.detail.successful && e.detail.elt.matches("form")) { dirty.delete(e.detail.elt); $("#notices")?.replaceChildren(); }
    });
    document.body.addEventListener("htmx:afterSwap", (e) => {
      const list = $("[data-field-errors]", e.detail.target);
      if (list && sentForm && sentForm.isConnected) markFields(sentForm, list);
    });
    document.body.addEventListener("htmx:sendError", () => {
      const line = Object.assign(document.createElement("div"), { className: "toast-line is-wrong", textContent: "No connection to Slogan. What you typed is still here; try again." });
      $("#toasts").append(line);
    });
  });
})();
