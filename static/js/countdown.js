// Keeps a countdown true while it is looked at; without this script the page shows the time left when it was made.
const show = (element) => {
  const minutes = Math.floor((new Date(element.dataset.i4Countdown) - Date.now()) / 60000);
  if (minutes < 0) return;
  const numbers = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const days = Math.floor(minutes / 1440), hours = Math.floor((minutes % 1440) / 60), rest = minutes % 60;
  const values = days ? [days, hours] : hours ? [hours, rest] : [rest];
  if (numbers.length === values.length) numbers.forEach((node, i) => { node.data = ` ${values[i]} `; });
};
setInterval(() => document.querySelectorAll("[data-i4-countdown]").forEach(show), 20000);
