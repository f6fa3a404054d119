// Parts that refresh themselves: asks for [data-i4-watch] every so many seconds, only while somebody looks at the page,
// and leaves open the details that were open.
(() => {
  const folds = (part) => [...part.querySelectorAll("details")];
  document.querySelectorAll("[data-i4-watch]").forEach((part) => {
    setInterval(() => {
      const writing = part.contains(document.activeElement) && /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
      if (!document.hidden && !writing) htmx.trigger(part, "watch");
    }, 1000 * part.dataset.i4Watch);
    let open = [];
    part.addEventListener("htmx:beforeSwap", () => { open = folds(part).map((fold) => fold.open); });
    part.addEventListener("htmx:afterSwap", () => { folds(part).forEach((fold, i) => { fold.open = open[i] ?? fold.open; }); });
  });
})();
