// Settings, failed episodes and log of the run in focus.
import { el, toast } from "./format.js";
import { play } from "./film.js";
import { ask, get, runPath } from "./net.js";

const $ = (id) => document.getElementById(id);
const MOST_LOG = 400000;  // characters that are kept
const text = (value) => (value === null ? "none" : typeof value === "object" ? JSON.stringify(value) : String(value));

function flat(settings, before = "") {
  return Object.entries(settings).flatMap(([name, value]) =>
    value && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length ? flat(value, `${before}${name}.`) : [[before + name, value]]);
}

export class Details {
  constructor(app) { this.app = app; this.shownFor = ""; this.log = { run: "", at: -1 }; }
  stale(run) { this.app.details_of.delete(run); this.shownFor = ""; this.show(); }
  logAt() { return this.log.run === this.app.state.focus ? this.log.at : -1; }
  show() {
    const { tab, focus, versus } = this.app.state, key = [tab, focus, versus].join("\n");
    if (key === this.shownFor || !focus) return;
    this.shownFor = key;
    if (tab === "settings") this.settings(focus, versus);
    if (tab === "episodes") this.episodes(focus);
    if (tab === "log" && this.log.run !== focus) { this.log = { run: focus, at: -1 }; $("log").firstElementChild.textContent = ""; }
  }
  async settings(run, versus) {
    const others = [...this.app.rows.keys()].filter((name) => name !== run);
    const choose = el("select", { onchange: (event) => this.app.set({ versus: event.target.value }) }, el("option", { value: "" }, "nothing: show all settings"), ...others.map((name) => el("option", { value: name, selected: name === versus }, name)));
    const bar = el("div", { class: "bar" }, el("label", {}, "Difference from ", choose));
    try {
      let table;
      if (versus && others.includes(versus)) {
        const { settings } = await get(runPath(run, `/differences?with=${encodeURIComponent(versus)}`));
        const rows = Object.entries(settings).filter(([path]) => !["experiment_name", "run_root"].includes(path));
        table = rows.length ? el("table", {}, el("tr", {}, el("th", {}, "setting"), el("th", {}, run), el("th", {}, versus)), ...rows.map(([path, row]) => el("tr", {}, el("td", {}, el("code", {}, path)), el("td", { class: "differs" }, text(row[run])), el("td", { class: "differs" }, text(row[versus]))))) : el("p", { class: "empty" }, "The runs have the same settings.");
      } else {
        const found = await this.app.settingsOf(run);
        table = el("table", {}, ...flat(found.settings).map(([path, value]) => el("tr", {}, el("td", {}, el("code", {}, path)), el("td", {}, text(value)))));
        if (found.artefacts.length) table = el("div", {}, el("table", {}, ...found.artefacts.map((each) => el("tr", {}, el("td", {}, each.kind), el("td", {}, el("code", {}, each.path)), el("td", {}, `at ${each.timesteps.toLocaleString("en")} steps`)))), el("p"), table);
      }
      $("settings").replaceChildren(bar, el("div", { class: "scroll" }, table));
    } catch (error) { $("settings").replaceChildren(bar, el("p", { class: "empty" }, error.message)); }
  }
  async episodes(run) {
    const node = $("episodes");
    try {
      const { failures } = await get(runPath(run, "/failures"));
      if (!failures.length) { node.replaceChildren(el("p", { class: "empty" }, "No failed episode is recorded. Train with --record_failures 100.")); return; }
      node.replaceChildren(el("div", { class: "bar" }, `${failures.length} failed episodes, the newest first`), el("div", { class: "scroll" }, el("table", {},
        el("tr", {}, el("th", {}, "episode"), el("th", {}, "when"), el("th", {}, "replay"), el("th", {}, "film")), ...failures.map((each) => this.episode(run, each)))));
    } catch (error) { node.replaceChildren(el("p", { class: "empty" }, error.message)); }
  }
  episode(run, each) {
    const film = el("td");
    if (each.film) film.append(el("button", { onclick: () => this.film(film, run, each.film) }, "Play"));
    else film.append(copied(each.film_command, "Copy the command that films it"));
    return el("tr", {}, el("td", {}, each.episode === null ? each.name : `${each.episode}, seed ${each.seed}`), el("td", {}, new Date(each.written * 1000).toLocaleString()), el("td", {}, el("div", { class: "command" }, el("code", {}, each.command), copied(each.command, "Copy"))), film);
  }
  async film(cell, run, name) {
    try { cell.replaceChildren(await play(await (await ask(runPath(run, `/films/${encodeURIComponent(name)}`))).blob(), name)); }
    catch (error) { toast(error.message, true); }
  }
  logged(message) {
    if (message.run !== this.log.run) return;
    const pre = $("log").firstElementChild, atEnd = pre.scrollTop + pre.clientHeight >= pre.scrollHeight - 40;
    this.log.at = message.next;
    pre.textContent = (pre.textContent + message.text).slice(-MOST_LOG) || "";
    if (atEnd) pre.scrollTop = pre.scrollHeight;
  }
}
function copied(command, word) {
  return el("button", { title: command, onclick: async () => { await navigator.clipboard.writeText(command); toast("copied"); } }, word);
}
