// Shows a film: the browser's own player where it can, else the pictures of Godot's AVI files.
import { el } from "./format.js";

export async function play(blob, name) {
  const url = URL.createObjectURL(blob);
  if (/\.(png|gif)$/.test(name)) return el("img", { src: url, alt: name, class: "film" });
  if (!name.endsWith(".avi")) return el("video", { src: url, controls: true, autoplay: true, muted: true });
  const { frames, seconds } = pictures(await blob.arrayBuffer());
  if (!frames.length) throw new Error(`${name} holds no pictures that can be shown`);
  const canvas = el("canvas", { class: "film" }), bar = el("input", { type: "range", min: 0, max: frames.length - 1, value: 0, "aria-label": "Frame" });
  let at = 0, timer = 0;
  const show = async () => {
    const picture = await createImageBitmap(new Blob([frames[at]], { type: "image/jpeg" }));
    if (canvas.width !== picture.width) { canvas.width = picture.width; canvas.height = picture.height; }
    canvas.getContext("2d").drawImage(picture, 0, 0); bar.value = at;
  };
  const button = el("button", { onclick: () => { if (timer) { clearInterval(timer); timer = 0; } else start(); button.textContent = timer ? "Pause" : "Play"; } }, "Pause");
  const start = () => { timer = setInterval(() => { if (!canvas.isConnected) { clearInterval(timer); return; } at = (at + 1) % frames.length; show(); }, 1000 * seconds); };
  bar.oninput = () => { at = Number(bar.value); show(); };
  await show(); setTimeout(start);
  return el("div", {}, canvas, el("div", { class: "bar" }, button, bar));
}

// Motion JPEG in RIFF: the pictures are chunks "00dc" (or "00db") of the list "movi".
export function pictures(buffer) {
  const data = new DataView(buffer), frames = [], word = (at) => String.fromCharCode(...new Uint8Array(buffer, at, 4));
  let seconds = 1 / 30;
  const walk = (at, end) => {
    while (at + 8 <= end) {
      const id = word(at), size = data.getUint32(at + 4, true);
      if (id === "RIFF" || id === "LIST") walk(at + 12, Math.min(end, at + 8 + size));
      else if (id === "avih") seconds = data.getUint32(at + 8, true) / 1e6 || seconds;
      else if (/^\d\dd[bc]$/.test(id) && size) frames.push(new Uint8Array(buffer, at + 8, Math.min(size, end - at - 8)));
      at += 8 + size + (size & 1);
    }
  };
  walk(0, buffer.byteLength);
  return { frames, seconds };
}
