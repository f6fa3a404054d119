/* Text on its way to a network: the box grows with it, and pages that nobody watches stay quiet. */
(function () {
  function grow(box) {
    box.style.height = "auto";
    box.style.height = box.scrollHeight + 4 + "px";
  }
  document.querySelectorAll("textarea[data-i4-length]").forEach(function (box) {
    grow(box);
    box.addEventListener("input", function () { grow(box); });
  });
  document.addEventListener("htmx:beforeRequest", function (event) {
    if (document.hidden && event.target.hasAttribute("data-i4-while-watched")) event.preventDefault();
  });
})();
