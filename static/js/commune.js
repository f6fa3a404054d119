// Suggests communes while one types: fills the datalist that the field already names.
document.querySelectorAll("[data-i4-commune]").forEach((input) => {
  const list = document.getElementById(input.dataset.i4Commune);
  let waiting;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    if (input.value.length < 2) return;
    waiting = setTimeout(async () => {
      const answer = await fetch(`${input.dataset.i4Source}?commune=${encodeURIComponent(input.value)}`);
      if (answer.ok) list.innerHTML = await answer.text();
    }, 200);
  });
});
