// Numbers and times for people; elements without markup, so that no name can be a script.
export function short(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  for (const [unit, word] of [[1e9, "G"], [1e6, "M"], [1e4, "k"]])
    if (size >= unit) return `${+(value / (word === "k" ? 1e3 : unit)).toPrecision(4)}${word}`;
  return size && size < 1e-3 ? value.toExponential(2) : `${+value.toPrecision(4)}`;
}
export const percent = (value) => value === null || value === undefined ? "–" : `${+(100 * value).toFixed(1)} %`;
export function span(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return s < 172800 ? `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min` : `${Math.floor(s / 86400)} d`;
}
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "style") made.style.cssText = value;
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}
export function toast(text, bad = false) {
  const made = el("div", { class: bad ? "toast bad" : "toast" }, text);
  document.getElementById("toasts").append(made);
  setTimeout(() => made.remove(), bad ? 12000 : 6000);
}
export function download(name, blob) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
export const isAlive = (row) => row && !["done", "stopped", "failed", "dead", "unknown"].includes(row.stage);
const COLOURS = ["#3d7dd8", "#e07b28", "#2f9e5f", "#c94c9b", "#8a63d2", "#b7950b", "#17a2b8", "#d64545", "#7a8b3a", "#8d6e63"];
export const colour = (i) => i < COLOURS.length ? COLOURS[i] : `hsl(${(i * 137.5) % 360} 58% 52%)`;
