/* Text on its way to a network: the box grows with it. */
(function () {
  function grow(box) {
    box.style.height = "auto";
    box.style.height = box.scrollHeight + 4 + "px";
  }
  document.querySelectorAll("textarea[data-i4-length]").forEach(function (box) {
    grow(box);
    box.addEventListener("input", function () { grow(box); });
  });
})();
