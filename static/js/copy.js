// Copies the text of the field or element named by data-i4-copy, and says so to everybody for a moment; the button is
// hidden where the browser cannot copy.
document.querySelectorAll("[data-i4-copy]").forEach((button) => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  const label = button.textContent;
  const said = button.parentNode.appendChild(Object.assign(document.createElement("span"), { className: "hidden-text" }));
  said.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.i4Copy);
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    button.textContent = said.textContent = button.dataset.i4Done;
    setTimeout(() => { button.textContent = label; said.textContent = ""; }, 3000);
  });
});
