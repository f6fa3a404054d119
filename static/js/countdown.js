// Keeps a countdown true while it is looked at; without this script the page shows the time left when it was made.
(() => {
  const show = (element) => {
    const minutes = Math.floor((new Date(element.dataset.i4Countdown) - Date.now()) / 60000);
    if (minutes < 0) { element.innerHTML = "<small></small>"; element.firstChild.textContent = element.dataset.i4Passed; return; }
    const hours = Math.floor((minutes % 1440) / 60);
    const values = minutes >= 1440 ? [Math.floor(minutes / 1440), hours] : hours ? [hours, minutes % 60] : [minutes];
    const numbers = [...element.querySelectorAll("span")];
    // A unit that appears or goes (« 1 h » becoming « 59 min ») is the server's to write: the next page has it.
    if (numbers.length === values.length) numbers.forEach((number, i) => { number.textContent = values[i]; });
  };
  const all = () => document.querySelectorAll("[data-i4-countdown]").forEach(show);
  setInterval(all, 20000);
  document.addEventListener("visibilitychange", all);
})();
