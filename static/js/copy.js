// Copies the text of the field named by data-i4-copy; the button is hidden where the browser cannot copy.
document.querySelectorAll("[data-i4-copy]").forEach((button) => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.i4Copy).value);
    button.textContent = button.dataset.i4Done;
  });
});
