// The calendar in the browser: dragging, moving by keyboard, the sheet. Forms and links do all of it without.
(() => {
  const $ = (what, within = document) => within.querySelector(what);
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  const calendar = () => $("#calendar");
  const here = () => calendar().dataset.here;
  const say = (words) => { const line = $("#cal-announce"); if (line) line.textContent = words; };
  const mayMove = () => calendar() && calendar().dataset.mayMove === "yes";
  let focusNext = null; // the post whose card gets the focus once the page has the new calendar
  let moving = null; // the card that is being moved by keyboard, and where it came from

  // A card goes somewhere: ask the server, put it back where it was refused. The reason stands in #notices.
  const send = (card, to, putBack) => {
    focusNext = card.id;
    card.classList.add("is-sent");
    card.addEventListener("htmx:afterRequest", (e) => {
      if (!e.detail.successful) { card.classList.remove("is-sent"); putBack(); $("a", card).focus(); }
    }, { once: true });
    htmx.ajax("POST", `/schedule/${card.dataset.post}/time`,
      { source: card, target: "#calendar", swap: "outerHTML show:none", values: { to, here: here() } });
  };
  // Mouse and touch.
  const dropped = (e) => {
    const to = e.to.dataset.drop;
    if (e.item.dataset.draft) {
      e.item.remove();
      const form = `/schedule/new?post=${e.item.dataset.draft}&to=${to}&here=${encodeURIComponent(here())}`;
      return htmx.ajax("GET", form, { source: document.body, target: "#sheet", swap: "innerHTML" });
    }
    const next = e.from.children[e.oldIndex] || null;
    return send(e.item, to, () => e.from.insertBefore(e.item, next));
  };
  const touch = { delay: 200, delayOnTouchOnly: true, animation: 120, ghostClass: "is-ghost", sort: false, draggable: ".cal-card" };
  const wire = () => {
    if (!window.Sortable || !mayMove()) return;
    all("[data-drop]", calendar()).filter((list) => !Sortable.get(list)).forEach((list) => new Sortable(list,
      { ...touch, group: "calendar", filter: '[data-movable="no"]', preventOnFilter: false, onAdd: dropped }));
    all("[data-tray]").filter((list) => !Sortable.get(list)).forEach((list) => new Sortable(list,
      { ...touch, group: { name: "calendar", pull: "clone", put: false } }));
  };

  // Keyboard: arrows go from card to card; m takes a card along, Enter puts it down, Escape takes it back.
  const cells = () => all("[data-drop]", calendar());
  const wide = () => Number(calendar().dataset.columns);
  const step = (key) => ({ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -wide(), ArrowDown: wide() })[key];
  const walk = (card, key) => {
    const sibling = { ArrowUp: card.previousElementSibling, ArrowDown: card.nextElementSibling }[key];
    const every = cells(), by = step(key);
    let at = sibling ? -1 : every.indexOf(card.parentElement) + by;
    while (every[at] && !every[at].children.length) at += by;
    const next = sibling || (every[at] && every[at][key === "ArrowUp" ? "lastElementChild" : "firstElementChild"]);
    if (next) $("a", next).focus();
  };
  const carry = (key) => {
    const every = cells(), cell = every[every.indexOf(moving.card.parentElement) + step(key)];
    if (!cell) return say("This is the edge of what is shown. Press Enter on the card for a form with any date.");
    cell.append(moving.card);
    $("a", moving.card).focus(); // moving an element takes its focus away
    return say(`To ${cell.closest("section").getAttribute("aria-label")}. Enter puts it down, Escape takes it back.`);
  };
  const letGo = () => { const was = moving; was.card.classList.remove("is-moving"); moving = null; return was; };
  const putBack = () => {
    const { card, list, next } = letGo();
    list.insertBefore(card, next);
    $("a", card).focus();
  };
  const putDown = () => {
    const to = moving.card.parentElement, { card, list, next } = letGo();
    if (to !== list) send(card, to.dataset.drop, () => list.insertBefore(card, next));
  };
  const take = (card) => {
    if (!mayMove() || card.dataset.movable !== "yes") return say("This post stays where it is.");
    moving = { card, list: card.parentElement, next: card.nextElementSibling };
    card.classList.add("is-moving");
    return say("Moving: arrows choose the day or hour, Enter puts it down, Escape takes it back.");
  };
  addEventListener("keydown", (e) => {
    const card = e.target.closest && e.target.closest("#calendar .cal-card");
    if (!card || e.ctrlKey || e.metaKey || e.altKey) return;
    const arrow = e.key.startsWith("Arrow");
    if (moving && (arrow || e.key === "Enter" || e.key === "Escape")) {
      e.preventDefault(); e.stopPropagation();
      (arrow ? carry : e.key === "Enter" ? putDown : putBack)(e.key);
    } else if (arrow || e.key === "m") { e.preventDefault(); (arrow ? walk : take)(card, e.key); }
  }, true);
  addEventListener("click", () => { if (moving) putBack(); }, true);

  // The sheet, the undo in a toast, the bar of chosen posts.
  addEventListener("click", (e) => {
    const dialog = $("#sheet-dialog");
    if (dialog && (e.target === dialog || e.target.closest("[data-close-sheet]"))) dialog.close();
  });
  addEventListener("submit", (e) => {
    if (!calendar() || !e.target.closest("#toasts")) return;
    e.preventDefault();
    htmx.ajax("POST", e.target.action, { source: document.body, target: "#calendar", swap: "outerHTML show:none" });
    e.target.closest(".toast-line").remove();
  });
  addEventListener("change", (e) => {
    const chosen = all("#cal-list-form [name=ids]:checked").length;
    if (e.target.name === "ids") $("#cal-chosen").textContent = `${chosen} chosen`;
  });
  document.addEventListener("htmx:beforeSwap", (e) => {
    const from = e.detail.requestConfig && e.detail.requestConfig.elt;
    if (e.detail.xhr.status >= 400 && from && from.closest("#sheet-dialog")) e.detail.target = $("#sheet-dialog [data-notice]");
  });
  document.addEventListener("htmx:afterSwap", (e) => {
    const dialog = $("#sheet-dialog");
    if (e.detail.target.id === "sheet" && !dialog.open) { $("[data-notice]", dialog).replaceChildren(); dialog.showModal(); }
    if (e.detail.xhr.status < 400 && e.detail.target.id === "calendar" && dialog.open) dialog.close();
  });
  document.addEventListener("htmx:afterSettle", () => {
    wire();
    const card = focusNext && document.getElementById(focusNext);
    if (card && !card.matches(".is-sent")) { $("a", card).focus(); focusNext = null; }
  });
  addEventListener("DOMContentLoaded", () => { wire(); $(".cal-column.is-today")?.scrollIntoView({ block: "nearest", inline: "nearest" }); });
})();
