// A decision, or a question to the town hall, would lose what is typed in the case's form and not saved: it waits, and
// says why. A form that was sent and refused (data-refused) holds words that are saved nowhere.
(() => {
  const warning = document.getElementById("unsaved"), form = document.querySelector("#content form[id$=_form]");
  if (!warning || !form) return;
  const typed = () => new URLSearchParams(new FormData(form)).toString();
  const before = typed();
  document.querySelectorAll(".desk form").forEach((decision) => {
    decision.addEventListener("submit", (press) => {
      warning.hidden = typed() === before && !("refused" in warning.dataset);
      if (warning.hidden) return;
      press.preventDefault();
      warning.scrollIntoView({ block: "center" });
    });
  });
})();
