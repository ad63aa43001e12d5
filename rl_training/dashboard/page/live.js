// The live view: bodies from above, in arenas that are chosen, as the run tells it.
import { ink } from "./chart.js";
import { colour, el, isAlive } from "./format.js";

const TRAIL = 60;

export class Live {
  constructor(app) { this.app = app; this.arenas = new Map(); this.key = ""; }
  numbers() { return [...new Set(this.app.state.arenas.split(/[\s,]+/).filter((word) => /^\d{1,6}$/.test(word)).map(Number))].slice(0, 16); }
  wish() {
    const { tab, focus } = this.app.state;
    return tab === "live" && focus && this.numbers().length ? { run: focus, arenas: this.numbers() } : null;
  }
  show() {
    const wish = this.wish(), key = JSON.stringify(wish);
    if (this.app.state.tab !== "live") { this.key = ""; return; }
    const host = document.getElementById("live");
    if (!host.childElementCount) {
      this.field = el("input", { size: 12, "aria-label": "Arenas", onchange: () => this.app.set({ arenas: this.field.value }) });
      this.said = el("span", { role: "status" }); this.canvas = el("canvas", { role: "img", "aria-label": "Arenas from above" });
      host.append(el("div", { class: "bar" }, el("label", {}, "Arenas (0 is the first; several: 0, 1, 2) ", this.field), this.said), this.canvas);
      new ResizeObserver(() => this.draw()).observe(this.canvas);
    }
    this.field.value = this.app.state.arenas;
    if (key !== this.key) { this.key = key; this.arenas.clear(); this.heard = 0; this.draw(); }
  }
  take({ run, arenas }) {
    if (run !== this.app.state.focus) return;
    for (const [number, { nodes, places }] of Object.entries(arenas)) {
      if (!this.arenas.has(number)) this.arenas.set(number, { nodes: [], trails: [], box: null });
      const arena = this.arenas.get(number);
      if (nodes) { arena.nodes = nodes; arena.trails = nodes.map(() => []); arena.box = null; arena.at = null; }
      for (const place of places) {
        if (place.episode !== arena.episode) arena.trails = arena.nodes.map(() => []);
        Object.assign(arena, { at: place.at, episode: place.episode, decisions: place.decisions });
        arena.nodes.forEach((node, i) => {
          const x = place.at[4 * i], y = place.at[4 * i + 1];
          if (x === null || !Number.isFinite(x)) return;
          const angle = place.at[4 * i + 2], across = Math.abs(Math.sin(angle)), ahead = Math.abs(Math.cos(angle));
          const hx = (ahead * node[4] + across * node[3]) / 2 || 0.5, hy = (across * node[4] + ahead * node[3]) / 2 || 0.5, box = (arena.box ||= [x, y, x, y]);
          arena.box = [Math.min(box[0], x - hx), Math.min(box[1], y - hy), Math.max(box[2], x + hx), Math.max(box[3], y + hy)];
          if (node[1] === "agent") { arena.trails[i].push([x, y]); if (arena.trails[i].length > TRAIL) arena.trails[i].shift(); }
        });
      }
    }
    this.heard = Date.now();
    if (!this.waiting) { this.waiting = true; requestAnimationFrame(() => { this.waiting = false; this.draw(); }); }
  }
  draw() {
    const { canvas } = this;
    if (!canvas?.clientWidth) return;
    const row = this.app.rows.get(this.app.state.focus), told = [...this.arenas].filter(([, arena]) => arena.at);
    this.said.textContent = told.length ? "" : isAlive(row) ? (row.stage === "learning" ? "waiting for the run" : `the run is ${row.stage}`) : "only a living run can be watched";
    const scale = devicePixelRatio, width = canvas.width = canvas.clientWidth * scale, height = canvas.height = canvas.clientHeight * scale;
    const ctx = canvas.getContext("2d"), columns = Math.ceil(Math.sqrt(told.length * width / height)) || 1, rows = Math.ceil(told.length / columns);
    told.sort((a, b) => a[0] - b[0]).forEach(([number, arena], n) => {
      const cell = { w: width / columns, h: height / rows, x: (n % columns) * width / columns, y: Math.floor(n / columns) * height / rows };
      ctx.save(); ctx.beginPath(); ctx.rect(cell.x, cell.y, cell.w, cell.h); ctx.clip();
      this.arena(ctx, arena, cell, scale);
      ctx.fillStyle = ink("--soft"); ctx.font = `${12 * scale}px system-ui, sans-serif`;
      ctx.fillText(`arena ${number}, episode ${arena.episode}, decision ${arena.decisions}`, cell.x + 8 * scale, cell.y + 18 * scale);
      ctx.restore();
    });
    canvas.dataset.told = told.map(([number, arena]) => `${number}:${arena.episode}:${arena.decisions}`).join(" ");
  }
  arena(ctx, arena, cell, scale) {
    const [x0, y0, x1, y1] = arena.box, per = Math.min((cell.w - 40 * scale) / (x1 - x0), (cell.h - 60 * scale) / (y1 - y0));
    const px = (x) => cell.x + cell.w / 2 + (x - (x0 + x1) / 2) * per, py = (y) => cell.y + cell.h / 2 + 8 * scale + (y - (y0 + y1) / 2) * per;
    const floor = 0.3 * (x1 - x0) * (y1 - y0);
    const order = arena.nodes.map((_, i) => i).sort((a, b) => size(arena.nodes[b]) - size(arena.nodes[a]));
    for (const i of order) {
      const [, kind, shape, w, d] = arena.nodes[i], [x, y, angle] = arena.at.slice(4 * i, 4 * i + 3);
      if (x === null || !Number.isFinite(x)) continue;
      const agent = kind === "agent", hue = agent ? colour(i) : ink(kind === "area" ? "--good" : "--soft");
      if (agent && arena.trails[i].length > 1) {
        ctx.strokeStyle = hue; ctx.globalAlpha = 0.5; ctx.lineWidth = 1.5 * scale; ctx.beginPath();
        for (const [tx, ty] of arena.trails[i]) ctx.lineTo(px(tx), py(ty));
        ctx.stroke();
      }
      ctx.save(); ctx.translate(px(x), py(y)); ctx.rotate(angle);
      ctx.fillStyle = ctx.strokeStyle = hue; ctx.lineWidth = scale; ctx.globalAlpha = agent ? 1 : kind === "area" ? 0.18 : size(arena.nodes[i]) > floor ? 0.08 : 0.35;
      ctx.beginPath();
      // A body's own -z is ahead and lies along x here: its width is across.
      if (shape === "box") ctx.rect(-Math.max(d * per, 2) / 2, -Math.max(w * per, 2) / 2, Math.max(d * per, 2), Math.max(w * per, 2));
      else ctx.arc(0, 0, Math.max(w * per / 2, agent ? 4 * scale : 2 * scale), 0, 7);
      ctx.fill(); ctx.globalAlpha = agent ? 1 : 0.7; ctx.stroke();
      if (agent) { const long = Math.max(w * per, 12 * scale); ctx.beginPath(); ctx.moveTo(0, 0); ctx.lineTo(long, 0); ctx.stroke(); }
      ctx.restore(); ctx.globalAlpha = 1;
    }
  }
}
const size = (node) => (node[1] === "agent" ? -1 : node[3] * node[4]);
