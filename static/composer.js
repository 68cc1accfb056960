// Uploads with progress and a word before a file that is too large; pictures of the library; the plan follows one time.
"use strict";
(() => {
  const most = (input) => Number(input.dataset.mostMb) * 1e6;
  const tooLarge = (input) => {
    const files = [...input.files];
    const big = files.find((file) => file.size > 30e6);
    if (big) return `${big.name} is larger than 30 MB. Choose a smaller picture.`;
    if (files.reduce((sum, file) => sum + file.size, 0) > most(input)) return `These are more than ${input.dataset.mostMb} MB together. Choose fewer at once.`;
    const other = files.find((file) => file.type && !file.type.startsWith("image/"));
    return other ? `${other.name} is no picture. Choose a JPEG, PNG, GIF or WebP.` : "";
  };
  const say = (sentence) => {
    const place = document.getElementById("upload-problem");
    if (!place) return;
    place.textContent = sentence;
    place.classList.toggle("d-block", Boolean(sentence));
  };

  // Caught on the way down, before htmx hears it: a refused choice is emptied and said at the field.
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches?.('input[type="file"][data-most-mb]')) return;
    const problem = tooLarge(input);
    say(problem);
    input.dataset.refused = problem ? "yes" : "";
    if (!problem) delete input.dataset.refused;
    if (problem) { input.value = ""; event.stopImmediatePropagation(); }
    else if ("send" in input.dataset) input.form.requestSubmit();
  }, true);

  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.closest?.("#pictures, form")?.querySelector(".upload-progress");
    if (!bar || !event.target.matches('input[type="file"]') || !event.detail.lengthComputable) return;
    bar.hidden = event.detail.loaded >= event.detail.total;
    bar.value = (100 * event.detail.loaded) / event.detail.total;
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.target.matches?.('input[type="file"]')) say("The upload broke off. Nothing of the post is lost; try again.");
  });

  // A time chosen for one channel is offered to those after it.
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.(".plan-at")) return;
    const all = [...document.querySelectorAll(".plan-at")];
    all.slice(all.indexOf(event.target) + 1).forEach((input) => { input.value = event.target.value; });
  });
})();
