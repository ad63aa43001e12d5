// The page: state in the address, curves from the socket, charts that draw only when seen.
import { Chart } from "./chart.js";
import { about, actions, keysHelp, startDialog } from "./control.js";
import { Details } from "./details.js";
import { colour, download, el, isAlive, percent, short, toast } from "./format.js";
import { Live } from "./live.js";
import { Link, get, runPath, setToken, takeToken } from "./net.js";
import { PANELS, linesOf, other } from "./panels.js";
import { Store } from "./store.js";

const $ = (id) => document.getElementById(id);
const SAVED = "spacetime-rl state";

class App {
  constructor() {
    this.rows = new Map(); this.charts = new Map(); this.seen = new Set(); this.hue = new Map();
    this.extent = [0, 1]; this.details_of = new Map(); this.zoomed = new Map();
    this.read();
    this.store = new Store((message) => this.link.send(message), (name) => { this.dirty.add(name); this.later(); });
    this.dirty = new Set();
    this.watcher = new IntersectionObserver((entries) => this.scrolled(entries), { rootMargin: "150px" });
    this.details = new Details(this); this.live = new Live(this);
    this.wire();
    this.link = new Link((message) => this.take(message), (state, hello) => this.linked(state, hello));
  }
  // What a reload and a link to somebody else keep.
  read() {
    const query = new URLSearchParams(location.search.length > 1 ? location.search : localStorage.getItem(SAVED) || "");
    const zoom = (query.get("zoom") || "").split("_").map(Number);
    this.state = { runs: query.has("runs") ? new Set(query.getAll("runs").filter(Boolean)) : null, focus: query.get("focus") || "", base: query.get("base") || "",
      tab: query.get("tab") || "charts", smooth: Math.min(0.99, Math.max(0, Number(query.get("smooth")) || 0)), zoom: zoom.length === 2 && zoom[1] > zoom[0] ? zoom : null,
      more: query.getAll("more"), arenas: query.get("arenas") || "0", versus: query.get("versus") || "" };
  }
  save() {
    const query = new URLSearchParams(), { runs, zoom } = this.state;
    if (runs) { if (!runs.size) query.append("runs", ""); for (const run of runs) query.append("runs", run); }
    for (const key of ["focus", "base", "versus"]) if (this.state[key]) query.set(key, this.state[key]);
    if (this.state.tab !== "charts") query.set("tab", this.state.tab);
    if (this.state.arenas !== "0") query.set("arenas", this.state.arenas);
    if (this.state.smooth) query.set("smooth", this.state.smooth);
    if (zoom) query.set("zoom", zoom.map((at) => Math.round(at)).join("_"));
    for (const tag of this.state.more) query.append("more", tag);
    localStorage.setItem(SAVED, query.toString());
    history.replaceState(null, "", `?${query}`);
  }
  set(changes) { Object.assign(this.state, changes); this.save(); this.hurry(); this.apply(); }
  hurry() { this.atOnce = true; this.hurryUntil = performance.now() + 2000; }

  linked(state, hello) {
    $("link").className = state === "live" ? "" : "off";
    $("link").textContent = { live: hello?.root, off: "no connection: trying again", token: "the token is wrong", busy: "too many pages are open" }[state];
    this.hurry();
    if (state === "live") { this.offline = false; this.subscribe(); }
    else if (state === "token") this.askToken();
    else this.offline = true;
  }
  askToken() {
    const field = el("input", { type: "password", required: true, "aria-label": "Token" });
    const dialog = $("dialog");
    dialog.replaceChildren(el("form", { method: "dialog", onsubmit: () => { setToken(field.value); location.reload(); } },
      el("h2", {}, "Token"), el("p", {}, "spacetime-rl dashboard prints it in the page's address."), field, el("button", { class: "primary" }, "Open")));
    if (!dialog.open) dialog.showModal();
  }
  take(message) {
    const { type } = message;
    if (type === "metrics_update") this.store.take(message);
    else if (type === "training_status") this.statuses(message);
    else if (type === "config_updated") { this.details.stale(message.run); if (message.change) toast(`${message.run}: ${message.change.replace(/^\S+ /, "")}`); }
    else if (type === "log_update") this.details.logged(message);
    else if (type === "view_update") this.live.take(message);
  }
  statuses({ runs, gone }) {
    const isFirst = !this.rows.size;
    for (const row of runs) {
      const before = this.rows.get(row.name);
      if (before && before.stage !== row.stage && !isAlive(row)) toast(`${row.name}: ${row.stage} ${row.message || ""}`, row.stage === "failed" || row.stage === "dead");
      this.rows.set(row.name, row);
    }
    for (const name of gone) this.rows.delete(name);
    const order = [...this.rows.values()].sort((a, b) => isAlive(b) - isAlive(a) || b.written - a.written);
    this.rows = new Map(order.map((row) => [row.name, row]));
    for (const name of [...this.rows.keys()].sort()) if (!this.hue.has(name)) this.hue.set(name, this.hue.size);
    if (!this.state.runs && order.length) {
      const living = order.filter(isAlive);
      this.state.runs = new Set((living.length ? living : order.slice(0, 8)).map((row) => row.name));
    }
    if (!this.rows.has(this.state.focus) && order.length) this.state.focus = order[0].name;
    this.listRuns(); about(this);
    const names = [...this.rows.keys()].join("\n");
    if (isFirst || names !== this.names) { this.names = names; this.apply(); }
  }
  get shown() { return this.state.runs ? [...this.rows.keys()].filter((name) => this.state.runs.has(name)) : []; }
  hues(run) { return colour(this.hue.get(run) || 0); }

  listRuns() {
    const wanted = $("filter").value.toLowerCase();
    const names = [...this.rows.values()].filter((row) => `${row.name} ${row.scenario} ${row.algorithm} ${row.stage}`.toLowerCase().includes(wanted));
    this.listed = names.map((row) => row.name);
    const key = (row) => JSON.stringify([row, row.name === this.state.focus, this.state.runs?.has(row.name)]);
    const list = $("runs"), had = new Map([...list.children].map((item) => [item.dataset.run, item]));
    const focused = document.activeElement?.closest?.("#runs li")?.dataset.run;
    list.replaceChildren(...names.map((row) => had.get(row.name)?.dataset.key === key(row) ? had.get(row.name) : this.item(row, key(row))));
    if (focused && document.activeElement === document.body) list.querySelector(`[data-run="${CSS.escape(focused)}"] button`)?.focus();
    if (!names.length) list.append(el("li", { class: "empty" }, this.rows.size ? "no run fits" : "no runs yet: start one"));
  }
  item(row, key) {
    const alive = isAlive(row), done = row.total ? Math.min(1, row.timesteps / row.total) : 0;
    const figures = [row.mean_reward !== null && short(row.mean_reward), row.success_rate !== null && percent(row.success_rate), row.scenario].filter(Boolean).join(" · ");
    return el("li", { "data-run": row.name, "data-key": key, class: row.name === this.state.focus ? "focus" : "", style: `--c:${this.hues(row.name)}`, onclick: (event) => event.target.type !== "checkbox" && this.focus(row.name) },
      el("input", { type: "checkbox", checked: this.state.runs?.has(row.name), "aria-label": `Show ${row.name}`, onchange: () => this.toggle(row.name) }),
      el("button", { class: "name", title: row.name }, row.name),
      el("span", { class: `stage ${row.stage}${alive ? " alive" : ""}` }, row.stage),
      el("span", { class: "what" }, figures),
      alive && row.total ? el("div", { class: "progress" }, el("i", { style: `width:${100 * done}%` })) : null);
  }
  toggle(name) { const runs = new Set(this.state.runs); if (!runs.delete(name)) runs.add(name); this.set({ runs }); }
  focus(name) {
    const runs = new Set(this.state.runs); if (!runs.size) runs.add(name);
    this.set({ focus: name, runs }); $("side").classList.remove("open");
  }

  apply() {
    const { state } = this;
    for (const tab of document.querySelectorAll("#tabs button")) tab.setAttribute("aria-selected", tab.dataset.tab === state.tab);
    for (const section of document.querySelectorAll(".tab")) section.hidden = section.id !== state.tab;
    $("smooth").value = state.smooth; $("smoothed").textContent = state.smooth.toFixed(2);
    $("base").replaceChildren(el("option", { value: "" }, "nothing"), ...this.shown.map((name) => el("option", { value: name, selected: name === state.base }, name)));
    if (!this.shown.includes(state.base)) state.base = "";
    $("unzoom").hidden = !state.zoom;
    this.listRuns(); about(this); this.panels(); this.subscribe(); this.details.show(); this.live.show();
    this.every = true; this.later();
  }
  panels() {
    const grid = $("grid"), wanted = [...state_more(this.state), ...PANELS];
    for (const [id, chart] of this.charts) if (!wanted.some((panel) => panel.id === id)) { this.watcher.unobserve(chart.node); chart.drop(); chart.node.remove(); this.charts.delete(id); this.seen.delete(chart); }
    for (const panel of wanted) if (!this.charts.has(panel.id)) {
      const chart = new Chart(panel, this);
      chart.node.chart = chart; this.charts.set(panel.id, chart);
      if (panel.tags.length === 1 && !PANELS.includes(panel)) { chart.node.querySelector("figcaption").append(el("button", { "aria-label": `Remove ${panel.title}`, onclick: () => this.set({ more: this.state.more.filter((tag) => tag !== panel.title) }) }, "✕")); grid.prepend(chart.node); }
      else grid.append(chart.node);
      this.watcher.observe(chart.node);
    }
    this.hideEmpty();
  }
  tagsOf(run) { return this.store.runs.get(run)?.tags || []; }
  // A chart stands for something if a shown run has one of its scalars, or may have.
  hideEmpty() {
    const { shown } = this, known = shown.map((name) => this.tagsOf(name)), unknown = known.some((tags) => !tags.length), all = [...new Set(known.flat())];
    for (const chart of this.charts.values()) {
      const { needs } = chart.panel;
      const has = needs ? all.some((tag) => tag.endsWith(needs)) : shown.some((name) => this.store.fitting(name, chart.panel).length);
      chart.node.hidden = !shown.length || !(has || (unknown && !all.length));
    }
    const reading = this.shown.filter((name) => (this.store.runs.get(name)?.progress ?? 1) < 1);
    $("nothing").hidden = !(reading.length || !this.shown.length || (!unknown && !all.length));
    $("nothing").textContent = reading.length ? reading.map((name) => `reading ${name}: ${percent(this.store.runs.get(name).progress)}`).join(", ") : this.shown.length ? "nothing is logged yet" : "choose a run at the left";
    const tags = $("tags");
    if (tags.childElementCount !== all.length) tags.replaceChildren(...all.map((tag) => el("option", { value: tag })));
  }
  scrolled(entries) {
    for (const { target, isIntersecting } of entries) if (isIntersecting) this.seen.add(target.chart); else this.seen.delete(target.chart);
    this.hurry(); this.subscribe(); this.every = true; this.later();
  }
  // What is in sight changes several times while a page settles: it is asked for once.
  subscribe() {
    if (this.asking) return;
    this.asking = setTimeout(() => { this.asking = 0; this.subscribeNow(); }, 30);
  }
  subscribeNow() {
    if (!this.link?.ready) return;
    const wishes = new Map();
    if (this.state.tab === "charts") {
      const patterns = new Set([...this.seen].flatMap((chart) => chart.panel.tags));
      if (!patterns.size) return;  // nothing is in sight yet
      for (const name of this.shown) wishes.set(name, patterns);
    }
    this.store.forget(new Set(this.shown));
    const points = Math.round(Math.min(1500, Math.max(240, 16000 / Math.max(1, this.shown.length))));
    const log = this.state.tab === "log" && this.state.focus ? { run: this.state.focus, from: this.details.logAt() } : null;
    const key = JSON.stringify([[...wishes].map(([name, set]) => [name, [...set]]), log?.run, this.live.wish(), points]);
    if (key === this.subscribed && !this.offlineSince(this.link.socket)) return;
    this.subscribed = key; this.subscribedOn = this.link.socket;
    this.store.follow(wishes, points, log, this.live.wish());
  }
  offlineSince(socket) { return socket !== this.subscribedOn; }

  zoom(range) { this.zoomed.clear(); this.set({ zoom: range }); clearTimeout(this.zooming); this.zooming = setTimeout(() => this.refine(), 120); }
  // Where curves are thinned, the server tells what lies in the window.
  async refine() {
    const { zoom } = this.state;
    if (!zoom) return;
    const patterns = [...new Set([...this.seen].flatMap((chart) => chart.panel.tags))].join(","), key = zoom.join();
    await Promise.all(this.shown.map(async (name) => {
      const query = new URLSearchParams({ start: zoom[0], end: zoom[1], points: 1500, tags: patterns });
      const answer = await get(runPath(name, `/series?${query}`)).catch((error) => toast(error.message, true));
      if (answer && this.state.zoom?.join() === key) this.zoomed.set(name, answer.series);
    }));
    this.hurry(); this.every = true; this.later();
  }
  later() {
    if (this.waiting) return;
    this.waiting = true;
    // Many runs come as many messages: a few pictures show them, in a fifth of the time at most.
    // What just arrives is drawn once a second; what somebody does, at once.
    const soon = () => requestAnimationFrame(() => {
      const began = performance.now();
      this.waiting = false; this.draw(); this.drew = performance.now();
      this.cost = this.drew - began;
    });
    const now = performance.now(), loading = this.shown.some((name) => !this.tagsOf(name).length);
    const pause = now < this.hurryUntil || loading ? Math.max(80, 4 * (this.cost || 0)) : 900;
    setTimeout(soon, this.atOnce ? 0 : Math.max(0, (this.drew || 0) + pause - now));
    this.atOnce = false;
  }
  draw() {
    this.hideEmpty();
    let least = Infinity, most = 0;
    for (const name of this.shown) for (const { x } of this.store.runs.get(name)?.curves.values() || []) if (x.length) { least = Math.min(least, x[0]); most = Math.max(most, x[x.length - 1]); }
    const extent = most ? [Math.min(least, most), most] : [0, 1], moved = String(extent) !== String(this.extent);
    this.extent = extent;
    if (this.state.tab !== "charts") return;
    for (const chart of this.seen) {
      if (chart.node.hidden || !chart.plot.clientWidth) continue;
      if (!this.every && !moved && ![...this.dirty].some((name) => this.state.runs.has(name))) continue;
      chart.show(linesOf(chart.panel, this.curves(chart.panel), { ...this.state, hues: (run) => this.hues(run) }), this.noteOf(chart.panel));
    }
    this.every = false; this.dirty.clear();
    document.body.dataset.drawn = Number(document.body.dataset.drawn || 0) + 1;
  }
  curves(panel) {
    const found = [];
    for (const run of this.shown) {
      for (const tag of this.store.fitting(run, panel)) {
        const near = this.state.zoom && this.zoomed.get(run)?.[tag], all = this.store.curve(run, tag);
        if (near && near[0].length) found.push({ run, tag, x: near[0], y: near[1] });
        else if (all && all.x.length) found.push({ run, tag, ...all });
      }
    }
    return found;
  }
  noteOf(panel) {
    if (panel.stack && this.shown.length > 1) return this.shown.includes(this.state.focus) ? this.state.focus : this.shown[0];
    if (this.state.base && !panel.stack) return `minus ${this.state.base}`;
    return panel.average || this.state.smooth ? `moving average, ${Math.max(this.state.smooth, panel.average ? 0.6 : 0).toFixed(2)}` : "";
  }
  async csv(chart) {
    const [start, end] = this.state.zoom || [-1, 2 ** 53], rows = ["run,scalar,timesteps,value"], quote = (text) => `"${text.replaceAll('"', '""')}"`;
    try {
      for (const run of this.shown) {
        const answer = await get(runPath(run, `/series?${new URLSearchParams({ start, end, points: 200000, tags: chart.panel.tags.join(",") })}`));
        for (const [tag, [x, y]] of Object.entries(answer.series)) x.forEach((at, i) => { if (at >= start && at <= end) rows.push(`${quote(run)},${quote(tag)},${at},${y[i]}`); });
      }
      download(`${chart.panel.id}.csv`, new Blob([rows.join("\n") + "\n"], { type: "text/csv" }));
    } catch (error) { toast(error.message, true); }
  }
  async settingsOf(run) {
    if (!this.details_of.has(run)) this.details_of.set(run, get(runPath(run)));
    return this.details_of.get(run);
  }
  theme() {
    const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("spacetime-rl theme", document.documentElement.dataset.theme);
    for (const chart of this.charts.values()) chart.drop();
    this.every = true; this.later(); this.live.show();
  }
  wire() {
    document.documentElement.dataset.theme = localStorage.getItem("spacetime-rl theme") || "";
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { for (const chart of this.charts.values()) chart.drop(); this.every = true; this.later(); });
    $("filter").oninput = () => this.listRuns();
    $("all").onclick = () => this.set({ runs: new Set([...this.state.runs || [], ...this.listed]) });
    $("none").onclick = () => this.set({ runs: new Set() });
    $("smooth").oninput = (event) => this.set({ smooth: Number(event.target.value) });
    $("base").onchange = (event) => this.set({ base: event.target.value });
    $("unzoom").onclick = () => this.zoom(null);
    $("search").onchange = (event) => { const tag = event.target.value.trim(); event.target.value = ""; if (tag && !this.state.more.includes(tag)) this.set({ more: [...this.state.more, tag] }); };
    $("theme").onclick = () => this.theme(); $("help").onclick = keysHelp; $("new").onclick = () => startDialog(this);
    $("menu").onclick = () => $("menu").setAttribute("aria-expanded", $("side").classList.toggle("open"));
    $("main").addEventListener("click", () => $("side").classList.remove("open"));
    const tabs = [...document.querySelectorAll("#tabs button")];
    tabs.forEach((tab, i) => { tab.onclick = () => this.set({ tab: tab.dataset.tab }); tab.onkeydown = (event) => { const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]; if (step) { const next = tabs[(i + step + tabs.length) % tabs.length]; next.focus(); next.click(); } }; });
    document.addEventListener("keydown", (event) => this.key(event));
  }
  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || $("dialog").open || /INPUT|SELECT|TEXTAREA/.test(event.target.tagName)) return;
    const step = { j: 1, k: -1 }[event.key], i = this.listed.indexOf(this.state.focus);
    const digit = "12345".indexOf(event.key);
    if (step && this.listed.length) this.focus(this.listed[Math.min(this.listed.length - 1, Math.max(0, i + step))]);
    else if (event.key === "x") this.toggle(this.state.focus);
    else if (event.key === "/") $("filter").focus();
    else if (event.key === "d") this.theme();
    else if (event.key === "n") startDialog(this);
    else if (event.key === "?") keysHelp();
    else if (event.key === "p" || event.key === "s") actions(this).find((action) => action.key === event.key)?.run();
    else if (digit >= 0 && event.key) document.querySelectorAll("#tabs button")[digit].click();
    else return;
    event.preventDefault();
  }
}
const state_more = (state) => state.more.map(other);

takeToken();
window.app = new App();
