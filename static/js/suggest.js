// Suggests while one types: fills the datalist that the field names from the address that the field gives.
document.querySelectorAll("[data-i4-suggest]").forEach((input) => {
  const list = document.getElementById(input.dataset.i4Suggest);
  const chosen = input.form.querySelector(`[type=hidden][name=${input.name}_code]`);
  let waiting;
  input.addEventListener("input", () => {
    if (chosen) chosen.value = "";
    clearTimeout(waiting);
    if (input.value.trim().length < 2) return;
    waiting = setTimeout(async () => {
      const typed = input.value;
      const answer = await fetch(`${input.dataset.i4Source}?q=${encodeURIComponent(typed)}`).catch(() => null);
      if (answer?.ok && input.value === typed) list.innerHTML = await answer.text();
    }, 200);
  });
});
