// The run in focus, and the buttons that act on it: each asks first and shows what came of it.
import { el, isAlive, percent, short, span, toast } from "./format.js";
import { get, post, runPath } from "./net.js";

const $ = (id) => document.getElementById(id);

function ask(title, text, fields, word, act) {
  const dialog = $("dialog"), said = el("p", { role: "status" });
  const go = el("button", { class: "primary", type: "submit" }, word);
  const form = el("form", { onsubmit: async (event) => {
    event.preventDefault(); go.disabled = true; said.textContent = "waiting for the answer";
    try { const result = await act(); dialog.close(); if (result) toast(result); }
    catch (error) { said.textContent = error.message; go.disabled = false; }
  } }, el("h2", {}, title), text && el("p", {}, text), ...fields, said,
  el("div", { class: "buttons" }, el("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), go));
  dialog.replaceChildren(form);
  if (!dialog.open) dialog.showModal();
  (fields[0]?.querySelector("input, select") || go).focus();
}
const told = (answer) => `${answer.run}: ${answer.result}`;

export function actions(app) {
  const run = app.state.focus, row = app.rows.get(run), alive = isAlive(row), order = (word, body = {}) => async () => told(await post(`/control/${word}`, { run, ...body }));
  if (!row) return [];
  const paused = row.stage === "paused", found = [];
  if (alive && row.stage !== "starting") {
    found.push({ key: "p", word: paused ? "Resume" : "Pause", run: () => ask(`${paused ? "Resume" : "Pause"} ${run}?`, paused ? "It goes on where it stopped." : "It pauses at the end of its update; engines stay open.", [], paused ? "Resume" : "Pause", order(paused ? "resume" : "pause")) });
    found.push({ key: "s", word: "Save", run: () => ask(`Save ${run}?`, "It writes a checkpoint at the end of its update.", [], "Save", order("save")) });
    found.push({ word: "Change a parameter", run: () => change(app, run) });
  }
  if (alive) {
    found.push({ word: "Stop", bad: true, run: () => ask(`Stop ${run}?`, "It saves, exports its policy and ends. Go on later with Resume.", [], "Stop", order("stop")) });
  } else if (row.stage !== "unknown" && row.scenario) {
    found.push({ word: row.stage === "done" ? "Train on" : "Resume", run: () => startDialog(app, row) });
    if (row.stage === "failed" && !row.total) found.push({ word: "Dismiss", run: async () => { try { await post("/control/dismiss", { run }); } catch (error) { toast(error.message, true); } } });
  }
  return found;
}

async function change(app, run) {
  const status = await app.settingsOf(run).catch(() => null), settings = status?.settings || {};
  const tags = Object.keys(status?.metrics || {}).filter((tag) => tag.startsWith("parameters/")).map((tag) => tag.replace("parameters/", "parameters."));
  const names = ["learning_rate", "ent_coef", "clip_range", "vf_coef", "max_grad_norm", "target_kl", "n_epochs", ...tags];
  const name = el("input", { list: "names", required: true, placeholder: "learning_rate", autocomplete: "off" }), value = el("input", { required: true, placeholder: "0.0003" });
  const now = el("span", {}, "");
  name.oninput = () => { const found = settings.algorithm?.[name.value] ?? status?.metrics?.[name.value.replace("parameters.", "parameters/")] ?? status?.metrics?.[`train/${name.value}`]; now.textContent = found === undefined || found === null ? "" : `now ${found}`; };
  ask(`Change a parameter of ${run}`, "It counts from the next update or episode on, until this part of the run ends.",
    [el("label", {}, "Parameter", name), el("datalist", { id: "names" }, ...names.map((each) => el("option", { value: each }))), el("label", {}, "New value", value), now], "Change", async () => {
      const text = value.value.trim(), number = Number(text);
      return told(await post(runPath(run, "/parameters"), { values: { [name.value.trim()]: text === "true" ? true : text === "false" ? false : Number.isNaN(number) ? text : number } }));
    });
}

export async function startDialog(app, row) {
  let options;
  try { options = await get("/options"); } catch (error) { toast(error.message, true); return; }
  const field = (attributes) => el("input", attributes);
  const scenario = el("select", {}, ...options.scenarios.map((name) => el("option", { selected: name === (row?.scenario || "vr_locomotion") }, name)));
  const preset = el("select", {}, el("option", { value: "" }, "none"), ...options.presets.map(({ name, about: text }) => el("option", { value: name, title: text }, name)));
  const name = field({ required: true, pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*", value: row?.name || "", readonly: !!row, placeholder: "walk_1" });
  const steps = field({ type: "number", min: 1, step: 1, value: row?.total || "", placeholder: "the preset's" });
  const engines = field({ type: "number", min: 1, max: 256, placeholder: "one a core" }), seed = field({ type: "number", min: 0, placeholder: "0" });
  const hint = el("p", {}, "");
  preset.onchange = () => { hint.textContent = options.presets.find((each) => each.name === preset.value)?.about || ""; };
  const whole = (input) => (input.value === "" ? null : Number(input.value));
  const label = (text, node) => el("label", {}, text, node);
  const fields = [label("Scenario", scenario), row ? null : label("Preset", preset), label("Name", name), label("Timesteps in all", steps), label("Engines", engines), row ? null : label("Seed", seed), hint].filter(Boolean);
  ask(row ? `Go on with ${row.name}` : "New run", row ? "From its newest checkpoint." : "It runs as a process of its own; an earlier run of the name is archived.", fields, "Start", async () => {
    const wanted = { scenario: scenario.value, experiment_name: name.value, preset: preset.value && !row ? [preset.value] : [], timesteps: whole(steps), num_envs: whole(engines), seed: row ? null : whole(seed), resume: !!row };
    const answer = await post("/control/start", wanted);
    app.set({ focus: answer.run, runs: new Set([...(app.state.runs || []), answer.run]) });
    return told(answer);
  });
}

export function about(app) {
  const row = app.rows.get(app.state.focus), node = $("about");
  const key = JSON.stringify([row, app.state.focus]);
  if (node.dataset.key === key) return;
  node.dataset.key = key;
  if (!row) { node.replaceChildren(); return; }
  const facts = [["steps", short(row.timesteps) + (row.total ? ` of ${short(row.total)}` : "")], ["reward", short(row.mean_reward)], ["success", percent(row.success_rate)], ["steps/s", row.rate ? short(row.rate) : "–"], ["left", span(row.eta_s)], ["best", short(row.best)], ["learner", row.algorithm || "–"], ["scenario", row.scenario || "–"],
    ...Object.entries(row.curriculum).map(([name, at]) => [name, `lesson ${at.lesson} of ${at.of}`]), ...Object.entries(row.policies).map(([name, at]) => [name, short(at.mean_reward)])];
  node.replaceChildren(el("h2", {}, row.name), el("span", { class: `stage ${row.stage}${isAlive(row) ? " alive" : ""}` }, row.stage),
    el("dl", {}, ...facts.filter(([, value]) => value !== "–").map(([word, value]) => el("div", {}, el("dt", {}, word), el("dd", {}, value)))),
    el("div", { class: "buttons" }, ...actions(app).map((action) => el("button", { class: action.bad ? "bad" : "", onclick: action.run }, action.word))),
    row.message ? el("p", { class: "message" }, row.message) : "");
}

export function keysHelp() {
  const keys = [["j k", "next and previous run"], ["x", "show or hide the run"], ["/", "filter runs"], ["1 to 5", "tabs"], ["p s", "pause or resume, save"], ["n", "new run"], ["d", "light or dark"], ["drag", "zoom; double click: all steps"], ["shift drag, shift wheel", "move along"], ["ctrl wheel", "zoom"], ["← → + - 0", "cursor and zoom of a chart in focus"]];
  const dialog = $("dialog");
  dialog.replaceChildren(el("form", { method: "dialog" }, el("h2", {}, "Keys"), el("table", {}, ...keys.map(([key, text]) => el("tr", {}, el("td", {}, el("kbd", {}, key)), el("td", {}, text)))), el("div", { class: "buttons" }, el("button", { class: "primary" }, "Close"))));
  dialog.showModal();
}
