// Runs once for the history (gr.HTML js_on_load): element, trigger, props and watch are given by Gradio.
// Conversations are kept in this browser only, each under a key of its own, so that two windows do not overwrite each
// other's. What is read back is shown as text, and the server checks every citation again.
const INDEX = "byline:index";
const KEY = (id) => `byline:conversation:${id}`;
const MOST = 50;
const find = (selector) => element.querySelector(selector);
let current = "";
let behind = 0;  // turns that the server knows of before the first one kept
let opening = null;  // another conversation is on its way: what still arrives is of the one before

function read(key, otherwise) {
  try {
    const found = JSON.parse(localStorage.getItem(key));
    return Array.isArray(found) ? found : otherwise;
  } catch {
    return otherwise;
  }
}
const index = () =>
  read(INDEX, []).filter((one) => one && typeof one.id === "string" && typeof one.title === "string").slice(0, MOST);

// Write, letting the oldest conversations go where the browser's room is full.
function write(key, value) {
  for (;;) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
      return;
    } catch {
      const oldest = index().filter((one) => one.id !== current).pop();
      if (!oldest) return;
      forget(oldest.id);
    }
  }
}
function forget(id) {
  try {
    localStorage.removeItem(KEY(id));
    localStorage.setItem(INDEX, JSON.stringify(index().filter((one) => one.id !== id)));
  } catch { /* a browser that keeps nothing has nothing to forget */ }
}
function remember(id) {
  current = id;
  try {
    sessionStorage.setItem("byline:current", id);
  } catch { /* not kept over a reload then */ }
}

// A turn takes its place after those that the server knows of. Where another window, or a server that began anew, has
// more or fewer than are kept, it is the beginning of another conversation, and what was kept stays.
function keep({ index: number, turn, earlier }) {
  const kept = current ? read(KEY(current), []) : [];
  const another = !current || kept.length + behind !== earlier;
  if (another) remember(Date.now().toString(36) + Math.random().toString(36).slice(2, 8));
  const turns = [...kept.slice(0, another ? number : number - behind), turn];
  if (another) behind = number + 1 - turns.length;
  write(KEY(current), turns);
  const title = (turns.find((one) => one && one.question) || {}).question || "Conversation";
  const others = index().filter((one) => one.id !== current);
  for (const old of others.slice(MOST - 1)) forget(old.id);
  write(INDEX, [{ id: current, title: String(title).slice(0, 120), at: Date.now() }, ...others.slice(0, MOST - 1)]);
  draw();
}

// Show a conversation; the box waits with its next question until it is there.
let arrived = () => {};
function open(id) {
  const kept = id ? localStorage.getItem(KEY(id)) || "" : "";
  remember(id);
  behind = 0;
  const mine = (opening = {});
  window.byline.mean({});
  window.byline.opening(new Promise((resolve) => {
    arrived = resolve;
    setTimeout(() => { // a page that lost its server must not hold the box for ever
      if (opening === mine) opening = null;
      resolve();
    }, 60000);
  }));
  document.getElementById("by-sources")?.classList.remove("by-open");
  trigger("select", { id, kept });
  draw();
}

function draw() {
  const list = find(".by-past ul");
  const kept = index();
  list.replaceChildren(...kept.map((one) => {
    const item = document.createElement("li");
    const name = document.createElement("button");
    name.type = "button";
    name.dataset.open = one.id;
    name.textContent = one.title;
    name.dir = "auto";
    if (one.id === current) name.setAttribute("aria-current", "true");
    const gone = document.createElement("button");
    gone.type = "button";
    gone.dataset.forget = one.id;
    gone.textContent = "✕";
    gone.setAttribute("aria-label", `Delete the conversation: ${one.title}`);
    item.append(name, gone);
    return item;
  }));
  find(".by-none").hidden = kept.length > 0;
  find("[data-forget-all]").hidden = kept.length < 2;
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const past = find(".by-past");
  if ("fresh" in button.dataset) {
    past.open = false;
    open("");
    document.querySelector("#by-box textarea").focus();
  } else if (button.dataset.open) {
    past.open = false;
    open(button.dataset.open);
    past.querySelector("summary").focus();
  } else if (button.dataset.forget) {
    const id = button.dataset.forget;
    forget(id);
    if (id === current) open("");
    else draw();
    (find(".by-past li button") || past.querySelector("summary")).focus();
  } else if ("forgetAll" in button.dataset) {
    for (const one of index()) forget(one.id);
    open("");
    past.querySelector("summary").focus();
  }
});
element.addEventListener("keydown", (event) => {
  const past = find(".by-past");
  if (event.key !== "Escape" || !past.open) return;
  past.open = false;
  past.querySelector("summary").focus();
  event.stopPropagation();
});
document.addEventListener("click", (event) => {
  const past = find(".by-past");
  if (past.open && !past.contains(event.target)) past.open = false;
});
window.addEventListener("storage", draw); // another window kept or deleted one
watch("record", () => { if (props.record && !opening) keep(JSON.parse(props.record)); });
watch("stopped", () => { // the question is in the box again, and is meant as it was
  if (!props.stopped || opening) return;
  const { replace, verbatim } = JSON.parse(props.stopped);
  const said = verbatim ? "Say what you meant; it is asked just as it stands." : "";
  window.byline.mean({ replace, verbatim }, replace === null ? said : "Changing your last question.");
});
watch("opened", () => { opening = null; arrived(); });

draw();
let before = "";
try {
  before = sessionStorage.getItem("byline:current") || "";
} catch { /* nothing was kept */ }
if (before && index().some((one) => one.id === before)) open(before);
