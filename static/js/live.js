// Parts that refresh themselves: asks for [data-i4-watch] every so many seconds, only while somebody looks at the page,
// never while they write or select in it; what was open stays open, and the keyboard stays where it was.
(() => {
  const folds = (part) => [...part.querySelectorAll("details")];
  const name = (fold) => fold.querySelector("summary").textContent.replace(/\d+/g, "");
  const stops = (part) => [...part.querySelectorAll("a[href], button, summary, input, select, textarea, [tabindex]")];
  const mark = (stop) => stop.id || stop.href || stop.textContent.replace(/\d+/g, "");
  const busy = (part) => {
    const at = document.activeElement, chosen = getSelection();
    const writing = part.contains(at) && /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
    return document.hidden || writing || (!chosen.isCollapsed && part.contains(chosen.anchorNode));
  };
  let paused = false;
  document.querySelectorAll("[data-i4-pause]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      paused = !paused;
      button.setAttribute("aria-pressed", paused);
    });
  });
  document.querySelectorAll("[data-i4-watch]").forEach((part) => {
    setInterval(() => { if (!paused && !busy(part)) htmx.trigger(part, "watch"); }, 1000 * part.dataset.i4Watch);
    let open = new Set(), held = null, rank = 0;
    part.addEventListener("htmx:beforeSwap", () => {
      open = new Set(folds(part).filter((fold) => fold.open).map(name));
      const at = document.activeElement;
      held = part.contains(at) && at !== part ? mark(at) : null;
      rank = held ? stops(part).filter((stop) => mark(stop) === held).indexOf(at) : 0;
    });
    part.addEventListener("htmx:afterSwap", () => {
      folds(part).forEach((fold) => { fold.open ||= open.has(name(fold)); });
      if (!held) return;
      const same = stops(part).filter((stop) => mark(stop) === held);
      (same[rank] || same[0])?.focus({ preventScroll: true });
    });
  });
})();
