// Copies the text of the field or element named by data-i4-copy; the button is hidden where the browser cannot copy.
document.querySelectorAll("[data-i4-copy]").forEach((button) => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.i4Copy);
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    button.textContent = button.dataset.i4Done;
  });
});
