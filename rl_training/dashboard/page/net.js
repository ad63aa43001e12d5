// Talks to the server: requests with the token, and the socket that comes back by itself.
// The token comes in the address's fragment, which no server sees, and stays in localStorage,
// which no other port sees.
const KEY = "spacetime-rl token";

export function takeToken() {
  const found = /(?:^#|&)token=([^&]+)/.exec(location.hash);
  if (found) {
    localStorage.setItem(KEY, decodeURIComponent(found[1]));
    history.replaceState(null, "", location.pathname + location.search);
  }
  return localStorage.getItem(KEY) || "";
}

export function setToken(token) { localStorage.setItem(KEY, token.trim()); }

export class Refused extends Error {
  constructor(status, why) { super(why); this.status = status; }
}

export async function ask(path, body) {
  const options = { headers: { Authorization: `Bearer ${localStorage.getItem(KEY) || ""}` } };
  if (body) {
    options.method = "POST";
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let answer;
  try { answer = await fetch(path, options); }
  catch { throw new Refused(0, "the dashboard's server does not answer"); }
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    throw new Refused(answer.status, told.error || told.result || `error ${answer.status}`);
  }
  return answer;
}

export const get = async (path) => (await ask(path)).json();
export const post = async (path, body) => (await ask(path, body)).json();
export const runPath = (run, rest = "") => `/runs/${encodeURIComponent(run)}${rest}`;

export class Link {
  constructor(onMessage, onState) {
    this.onMessage = onMessage; this.onState = onState; this.wait = 500; this.open();
  }
  open() {
    const socket = this.socket = new WebSocket(`ws://${location.host}/stream`);
    this.ready = false;
    socket.onopen = () => socket.send(JSON.stringify({ type: "auth", token: localStorage.getItem(KEY) || "" }));
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.type === "hello") { this.ready = true; this.wait = 500; this.onState("live", message); }
      else this.onMessage(message);
    };
    socket.onclose = (event) => {
      this.ready = false;
      this.onState(event.code === 4401 ? "token" : event.code === 4429 ? "busy" : "off");
      if (event.code !== 4401) setTimeout(() => this.open(), this.wait);
      this.wait = Math.min(8000, this.wait * 1.6);
    };
  }
  send(message) { if (this.ready) this.socket.send(JSON.stringify(message)); }
}
