// Which charts there are, and how curves become lines: smoothed, stacked, with an interval,
// or subtracted from another run's.
import { colour } from "./format.js";
import { first } from "./chart.js";

const own = (...tags) => tags.flatMap((tag) => [tag, `policy/*/${tag}`]);
export const PANELS = [
  { id: "reward", title: "Reward", tags: own("rollout/ep_rew_mean"), average: true },
  { id: "success", title: "Success, 95 % interval", tags: own("rollout/success_rate"), percent: true, interval: 100 },
  { id: "evaluation", title: "Reward: evaluation and training", tags: own("rollout/ep_rew_mean", "eval/mean_reward"), needs: "eval/mean_reward" },
  { id: "evaluated", title: "Success: evaluation and training", tags: own("rollout/success_rate", "eval/success_rate"), percent: true, needs: "eval/success_rate" },
  { id: "terms", title: "Reward terms", tags: ["reward/*"], stack: true },
  { id: "rate", title: "Decisions a second", tags: ["time/fps"] },
  { id: "policy", title: "Policy loss", tags: own("train/policy_gradient_loss", "train/actor_loss", "train/policy_objective") },
  { id: "value", title: "Value loss", tags: own("train/value_loss", "train/critic_loss") },
  { id: "loss", title: "Loss", tags: own("train/loss") },
  { id: "kl", title: "KL of an update", tags: own("train/approx_kl", "train/kl_divergence_loss", "train/kl_div") },
  { id: "entropy", title: "Entropy", tags: own("train/entropy_loss"), negative: true },
  { id: "length", title: "Decisions of an episode", tags: own("rollout/ep_len_mean") },
  { id: "physics", title: "Physics tick and frame, ms", tags: ["engine/physics_ms_*", "engine/frame_ms_*"] },
  { id: "restarts", title: "Engine restarts", tags: ["engine/restarts"], step: true },
  { id: "lesson", title: "Lesson", tags: ["curriculum/*/lesson"], step: true },
  { id: "parameters", title: "Parameters", tags: ["parameters/*"] },
];
export const other = (tag) => ({ id: tag.replace(/\W+/g, "_"), title: tag, tags: [tag] });
const DASHES = [null, [6, 3], [2, 3], [8, 3, 2, 3], [1, 4]];
const short = (tag) => tag.replace(/^policy\/(.+?)\/(rollout|train|eval)\//, "$1: ").replace(/^(reward|parameters|engine|rollout|train|time)\//, "");

// curves: [{run, tag, x, y}] of one chart, runs in their order.
export function linesOf(panel, curves, { smooth, base, focus, hues }) {
  const runs = [...new Set(curves.map((one) => one.run))];
  if (panel.stack) return stacked(curves.filter((one) => one.run === (runs.includes(focus) ? focus : runs[0])));
  const single = runs.length === 1, tags = [...new Set(curves.map((one) => one.tag))];
  let lines = curves.map(({ run, tag, x, y }) => {
    const evaluated = tag.includes("eval/");
    return { run, tag, x, y: panel.negative ? y.map((v) => -v) : y, dots: evaluated,
      name: single ? short(tag) : tags.length === 1 ? run : `${run} ${short(tag)}`,
      colour: single ? (tags.length === 1 ? hues(run) : colour(tags.indexOf(tag))) : hues(run),
      dash: tags.length > 1 && !single ? DASHES[tags.indexOf(tag) % 5] : evaluated ? DASHES[1] : null };
  });
  if (base) lines = lines.filter((line) => line.run !== base).map((line) => less(line, lines.find((one) => one.run === base && one.tag === line.tag))).filter(Boolean);
  if (panel.step) return lines.map(stairs);
  const weight = panel.average ? Math.max(smooth, 0.6) : smooth;
  if (!weight) return lines.map((line) => (panel.interval && !base && lines.length < 5 ? within(line, panel.interval) : line));
  return lines.flatMap((line) => {
    const bold = { ...line, y: smoothed(line.y, weight) };
    if (panel.interval && !base && lines.length < 5) return [within(bold, panel.interval)];
    return lines.length > 8 || line.dots ? [line.dots ? line : bold] : [{ ...line, faint: true }, bold];
  });
}

// The mean of what came before, weighted by how long ago, without a bias to the first value.
export function smoothed(y, weight) {
  let sum = 0, mass = 0;
  return y.map((value) => { sum = weight * sum + (1 - weight) * value; mass = weight * mass + 1 - weight; return sum / mass; });
}
// Wilson's interval of a share of n episodes (Wilson 1927).
export function wilson(share, n, z = 1.96) {
  const d = 1 + z * z / n, middle = (share + z * z / (2 * n)) / d;
  const half = z * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / d;
  return [middle - half, middle + half];
}
function within(line, n) {
  const pairs = line.y.map((share) => wilson(Math.min(1, Math.max(0, share)), n));
  return { ...line, low: pairs.map((pair) => pair[0]), high: pairs.map((pair) => pair[1]) };
}
function stairs(line) {
  const x = [], y = [];
  line.x.forEach((at, i) => { if (i) { x.push(at); y.push(line.y[i - 1]); } x.push(at); y.push(line.y[i]); });
  return { ...line, x, y };
}
export function valueAt(x, y, at) {
  const i = first(x, at);
  if (i < x.length && x[i] === at) return y[i];
  return i === 0 || i === x.length ? NaN : y[i - 1] + (y[i] - y[i - 1]) * (at - x[i - 1]) / (x[i] - x[i - 1]);
}
function less(line, from) {
  if (!from) return null;
  const x = [], y = [];
  line.x.forEach((at, i) => { const value = valueAt(from.x, from.y, at); if (value === value) { x.push(at); y.push(line.y[i] - value); } });
  return x.length ? { ...line, x, y } : null;
}
// Terms on each other: what is gained upwards, what is lost downwards.
function stacked(curves) {
  if (!curves.length) return [];
  const grid = curves.reduce((a, b) => (b.x.length > a.x.length ? b : a)).x, up = grid.map(() => 0), down = grid.map(() => 0);
  return curves.map(({ tag, x, y }, n) => {
    // A term stays on one side, or its band would jump.
    const lost = y.reduce((sum, value) => sum + value, 0) < 0, side = lost ? down : up;
    const floor = [], top = [];
    grid.forEach((at, i) => {
      const value = valueAt(x, y, at) || 0;
      floor.push(side[i]); side[i] += value; top.push(side[i]);
    });
    return { name: short(tag), tag, colour: colour(n), x: grid, y: top, floor };
  });
}
