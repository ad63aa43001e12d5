// One chart: axes, zoom and cursor by uPlot; curves drawn here, each with its own steps.
import { download, el, short } from "./format.js";

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
let probe;
export function ink(name) {  // a custom property as a colour that a canvas takes
  probe ||= document.body.appendChild(el("span", { hidden: true }));
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}
const font = "11px system-ui, sans-serif";

// lines: [{name, note, colour, x, y, faint?, dash?, dots?, low?, high?, floor?}]
export class Chart {
  constructor(panel, app) {
    this.panel = panel; this.app = app; this.lines = []; this.range = [0, 1];
    this.title = el("span", {}, panel.title);
    this.note = el("span", { class: "note" });
    this.plot = el("div", { class: "plot" });
    this.legend = el("div", { class: "legend" });
    this.node = el("figure", { "data-id": panel.id, "aria-label": panel.title },
      el("figcaption", {}, this.title, this.note, el("span", { class: "grow" }),
        el("button", { title: "Larger or smaller", "aria-label": `Enlarge ${panel.title}`, onclick: () => this.enlarge() }, "⤢"),
        el("button", { "aria-label": `${panel.title} as PNG`, onclick: () => this.png() }, "PNG"),
        el("button", { "aria-label": `${panel.title} as CSV`, onclick: () => app.csv(this) }, "CSV")),
      this.plot, this.legend);
  }
  enlarge() { this.node.classList.toggle("wide"); }
  make() {
    const axis = (more) => ({ stroke: ink("--soft"), font, grid: { stroke: ink("--line"), width: 1 }, ticks: { stroke: ink("--line"), width: 1 }, ...more });
    this.u = new uPlot({
      width: Math.max(80, this.plot.clientWidth), height: this.plot.clientHeight, legend: { show: false }, padding: [10, 12, 0, 0],
      scales: { x: { time: false, range: () => this.xRange() }, y: { range: () => this.range } },
      axes: [axis({ values: (_, values) => values.map(short), size: 30 }),
        axis({ values: (_, values) => values.map(this.panel.percent ? (v) => `${+(100 * v).toFixed(2)} %` : short), size: 56 })],
      series: [{}, { paths: () => null, points: { show: false } }],
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false }, sync: { key: "steps", setSeries: false }, bind: { dblclick: () => () => this.app.zoom(null) } },
      hooks: { draw: [() => this.draw()], setCursor: [() => this.readout()], setSelect: [() => this.selected()] },
    }, [[0, 1], [0, 0]], this.plot);
    const over = this.u.over;
    over.tabIndex = 0;
    over.setAttribute("aria-label", `${this.panel.title}: arrows move the cursor, + and - zoom, 0 shows all`);
    over.addEventListener("keydown", (event) => this.key(event));
    over.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.pan(over);
    this.sizes = new ResizeObserver(() => this.u && this.u.setSize({ width: Math.max(80, this.plot.clientWidth), height: this.plot.clientHeight }));
    this.sizes.observe(this.plot);
  }
  drop() { this.sizes?.disconnect(); this.u?.destroy(); this.u = null; }
  xRange() { const [low, high] = this.app.state.zoom || this.app.extent; return high > low ? [low, high] : [low, low + 1]; }
  at(left) { return this.u.posToVal(left, "x"); }
  selected() {
    const { left, width } = this.u.select;
    if (width > 4) this.app.zoom([this.at(left), this.at(left + width)]);
    this.u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  }
  zoomBy(factor, share = 0.5) {
    const [low, high] = this.xRange(), width = (high - low) * factor, [least, most] = this.app.extent;
    const start = low + (high - low) * share - width * share;
    if (width >= most - least) this.app.zoom(null);
    else if (width > 1e-6) { const at = Math.min(Math.max(start, least), most - width); this.app.zoom([at, at + width]); }
  }
  move(share) {
    if (!this.app.state.zoom) return;
    const [low, high] = this.app.state.zoom, [least, most] = this.app.extent, width = high - low;
    const at = Math.min(Math.max(low + share * width, least), most - width);
    this.app.zoom([at, at + width]);
  }
  wheel(event) {
    if (!event.ctrlKey && !event.shiftKey) return;  // the page scrolls
    event.preventDefault();
    const share = event.offsetX / this.u.over.clientWidth;
    if (event.ctrlKey) this.zoomBy(event.deltaY > 0 ? 1.25 : 0.8, share);
    else this.move(0.1 * Math.sign(event.deltaY || event.deltaX));
  }
  pan(over) {
    over.addEventListener("mousedown", (down) => {
      if (!down.shiftKey || !this.app.state.zoom) return;
      down.preventDefault(); down.stopImmediatePropagation();
      let last = down.clientX;
      const moved = (event) => { this.move((last - event.clientX) / over.clientWidth); last = event.clientX; };
      const end = () => { removeEventListener("mousemove", moved); removeEventListener("mouseup", end); };
      addEventListener("mousemove", moved); addEventListener("mouseup", end);
    }, true);
  }
  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key], width = this.u.over.clientWidth;
    if (step && event.shiftKey) this.move(0.1 * step);
    else if (step) this.u.setCursor({ left: Math.min(width - 1, Math.max(0, (this.u.cursor.left < 0 ? width / 2 : this.u.cursor.left) + step * Math.max(2, width / 100))), top: 20 });
    else if (event.key === "+" || event.key === "=") this.zoomBy(0.5);
    else if (event.key === "-") this.zoomBy(2);
    else if (event.key === "0") this.app.zoom(null);
    else return;
    event.preventDefault();
  }
  show(lines, note) {
    this.lines = lines; this.note.textContent = note;
    const [low, high] = this.xRange();
    let least = Infinity, most = -Infinity;
    for (const line of lines) {
      const lows = line.low || line.y, highs = line.high || line.y;
      for (let i = first(line.x, low); i < line.x.length && line.x[i] <= high; i++) {
        if (lows[i] < least) least = lows[i];
        if (highs[i] > most) most = highs[i];
      }
    }
    if (least > most) [least, most] = [0, 1];
    if (this.panel.percent) [least, most] = [Math.min(0, least), Math.max(1, most)];
    else if (lines.some((line) => line.floor)) [least, most] = [Math.min(0, least), Math.max(0, most)];
    const pad = (most - least || Math.abs(most) || 1) * 0.06;
    this.range = this.panel.percent && least === 0 && most === 1 ? [-0.02, 1.02] : [least - pad, most + pad];
    if (!this.u) this.make();
    this.u.setData(this.u.data);
    if (this.u.cursor.left < 0) this.readout();
  }
  draw() {
    const u = this.u || arguments[0];
    if (!u) return;
    const { ctx, bbox } = u, [low, high] = this.xRange(), [bottom, top] = this.range;
    const sx = bbox.width / (high - low), sy = bbox.height / (top - bottom);
    const px = (x) => bbox.left + (x - low) * sx, py = (y) => bbox.top + (top - y) * sy;
    ctx.save();
    ctx.beginPath(); ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height); ctx.clip();
    ctx.lineJoin = "round";
    for (const line of this.lines) {
      const { x, y } = line, start = Math.max(0, first(x, low) - 1);
      let end = start;
      while (end < x.length && x[end] <= high) end += 1;
      end = Math.min(x.length, end + 1);
      ctx.strokeStyle = ctx.fillStyle = line.colour;
      if (line.low || line.floor) {
        const lows = line.low || line.floor, highs = line.high || y;
        ctx.beginPath();
        for (let i = start; i < end; i++) ctx.lineTo(px(x[i]), py(highs[i]));
        for (let i = end - 1; i >= start; i--) ctx.lineTo(px(x[i]), py(lows[i]));
        ctx.globalAlpha = line.floor ? 0.55 : 0.16; ctx.fill(); ctx.globalAlpha = 1;
      }
      ctx.globalAlpha = line.faint ? 0.28 : 1;
      ctx.lineWidth = (line.faint ? 1 : 1.6) * devicePixelRatio;
      ctx.setLineDash((line.dash || []).map((n) => n * devicePixelRatio));
      ctx.beginPath();
      for (let i = start; i < end; i++) ctx.lineTo(px(x[i]), py(y[i]));
      ctx.stroke();
      if (line.dots || end - start === 1) for (let i = start; i < end; i++) { ctx.beginPath(); ctx.arc(px(x[i]), py(y[i]), 3 * devicePixelRatio, 0, 7); ctx.fill(); }
      ctx.globalAlpha = 1;
    }
    ctx.restore();
  }
  readout() {
    if (!this.u) return;
    const left = this.u.cursor.left, at = left >= 0 ? this.at(left) : Infinity, form = this.panel.percent ? (v) => `${(100 * v).toFixed(1)} %` : short;
    let shown = this.lines.filter((line) => !line.faint).map((line) => {
      const i = Math.max(0, first(line.x, at + 1e-9) - 1);
      return { line, y: line.floor ? line.y[i] - line.floor[i] : line.y[i], extra: line.low && left >= 0 ? ` (${form(line.low[i])} to ${form(line.high[i])})` : "" };
    });
    const many = shown.length - 12;
    if (many > 0) shown = shown.sort((a, b) => b.y - a.y).slice(0, 12);
    this.legend.replaceChildren(...(left >= 0 ? [el("span", {}, `at ${short(at)}: `)] : []), ...shown.map(({ line, y, extra }) =>
      el("span", {}, el("i", { class: line.dash ? "dash" : "", style: `border-color:${line.colour}` }), `${line.name} `, el("b", {}, form(y) + extra))),
      ...(many > 0 ? [el("span", {}, `and ${many} more`)] : []));
  }
  png() {
    const from = this.u.ctx.canvas, scale = devicePixelRatio, rows = this.lines.filter((line) => !line.faint).slice(0, 30);
    const to = el("canvas"), ctx = to.getContext("2d"), per = Math.max(1, Math.floor(from.width / (220 * scale)));
    to.width = from.width; to.height = from.height + (34 + 18 * Math.ceil(rows.length / per)) * scale;
    ctx.fillStyle = ink("--card"); ctx.fillRect(0, 0, to.width, to.height);
    ctx.fillStyle = ink("--ink"); ctx.font = `600 ${14 * scale}px system-ui, sans-serif`;
    ctx.fillText(`${this.panel.title}${this.note.textContent ? `  (${this.note.textContent})` : ""}`, 10 * scale, 20 * scale);
    ctx.drawImage(from, 0, 28 * scale);
    ctx.font = `${11 * scale}px system-ui, sans-serif`;
    rows.forEach((line, i) => {
      const left = 10 * scale + (i % per) * 220 * scale, top = from.height + (42 + 18 * Math.floor(i / per)) * scale;
      ctx.fillStyle = line.colour; ctx.fillRect(left, top - 5 * scale, 14 * scale, 3 * scale);
      ctx.fillStyle = ink("--ink"); ctx.fillText(line.name, left + 20 * scale, top, 190 * scale);
    });
    to.toBlob((blob) => download(`${this.panel.id}.png`, blob));
  }
}

// The first place whose step is not below `at`.
export function first(x, at) {
  let low = 0, high = x.length;
  while (low < high) { const middle = (low + high) >> 1; if (x[middle] < at) low = middle + 1; else high = middle; }
  return low;
}
