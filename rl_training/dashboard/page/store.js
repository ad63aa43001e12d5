// Curves by run and tag: what came by now, and how far (in bytes), so that nothing is asked twice.
// Memory is bounded: a long curve keeps the extremes of each stretch; zooming asks for the rest.
const MOST = 2400;

export class Store {
  constructor(send, changed) {
    this.send = send; this.changed = changed; this.runs = new Map(); this.seq = 0; this.entries = [];
  }
  run(name) {
    if (!this.runs.has(name)) this.runs.set(name, { generation: "", offsets: new Map(), curves: new Map(), tags: [], fitting: new Map(), progress: 1 });
    return this.runs.get(name);
  }
  // The run's scalars that a chart shows.
  fitting(name, panel) {
    const run = this.runs.get(name);
    if (!run?.tags.length) return [];
    if (!run.fitting.has(panel.id)) run.fitting.set(panel.id, run.tags.filter((tag) => panel.tags.some((pattern) => fits(tag, pattern))));
    return run.fitting.get(panel.id);
  }
  curve(name, tag) { return this.runs.get(name)?.curves.get(tag); }
  forget(names) { for (const name of this.runs.keys()) if (!names.has(name)) this.runs.delete(name); }

  // wishes: run to a set of patterns. What has come equally far is followed as one.
  follow(wishes, points, log, view) {
    this.seq += 1; this.entries = [];
    const follow = [];
    for (const [name, patterns] of wishes) {
      const run = this.run(name), groups = new Map();
      for (const pattern of patterns) {
        const from = run.offsets.get(pattern) || 0;
        groups.set(from, [...(groups.get(from) || []), pattern]);
      }
      for (const [from, tags] of groups) {
        this.entries.push({ name, tags });
        follow.push({ run: name, tags, from, generation: from ? run.generation : "", points });
      }
    }
    this.send({ type: "subscribe", seq: this.seq, follow, ...(log && { log }), ...(view && { view }) });
  }
  take(message) {
    if (message.seq !== this.seq) return;
    const { name, tags } = this.entries[message.entry], run = this.run(name);
    if ("progress" in message) { run.progress = message.progress; this.changed(name); return; }
    run.progress = 1;
    if (message.generation !== run.generation) {
      if (run.generation) { run.curves.clear(); run.offsets.clear(); }
      run.generation = message.generation;
    }
    if (message.tags) { run.tags = message.tags; run.fitting = new Map(); }
    run.rows = message.rows;
    for (const tag of tags) run.offsets.set(tag, message.next);
    for (const [tag, [x, y]] of Object.entries(message.series)) this.append(run, tag, x, y);
    this.changed(name);
  }
  append(run, tag, x, y) {
    const curve = run.curves.get(tag);
    if (!curve) { run.curves.set(tag, { x, y, thin: false }); return; }
    // A resumed run goes over some steps again: the newer values count.
    let keep = curve.x.length;
    while (keep && curve.x[keep - 1] >= x[0]) keep -= 1;
    curve.x.length = curve.y.length = keep;
    for (let i = 0; i < x.length; i++) { curve.x.push(x[i]); curve.y.push(y[i]); }
    if (curve.x.length > MOST) run.curves.set(tag, { ...thinned(curve, MOST / 2), thin: true });
  }
}

export function thinned({ x, y }, most) {
  const length = Math.ceil(x.length / (most / 2)), to = { x: [], y: [] };
  for (let start = 0; start < x.length; start += length) {
    let low = start, high = start;
    for (let i = start; i < Math.min(start + length, x.length); i++) {
      if (y[i] < y[low]) low = i;
      if (y[i] > y[high]) high = i;
    }
    for (const i of low === high ? [low] : low < high ? [low, high] : [high, low]) { to.x.push(x[i]); to.y.push(y[i]); }
  }
  return to;
}

const made = new Map();
export function fits(tag, pattern) {
  if (!pattern.includes("*")) return pattern === tag;
  if (!made.has(pattern)) made.set(pattern, new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*")}$`));
  return made.get(pattern).test(tag);
}
