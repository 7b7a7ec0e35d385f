// In the page's head, once: what its parts share. Text from articles is only ever set as textContent.
window.byline = (() => {
  const byId = (id) => document.getElementById(id);
  const limits = { publishers: [], published_from: "", published_to: "" };
  let meant = { replace: null, verbatim: false }; // how the next question is meant
  let opened = Promise.resolve(); // settled when the conversation asked for last is on the page

  // --- the box
  function write(text) {
    const area = document.querySelector("#by-box textarea");
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
    area.setSelectionRange(text.length, text.length);
  }
  function mean(how, said = "") {
    meant = { replace: null, verbatim: false, ...how };
    const line = document.querySelector("#by-editing .by-editing");
    if (!line) return;
    line.hidden = !said;
    line.querySelector("span").textContent = said;
  }
  // Called by Gradio before a question is sent: what goes with it.
  async function asked(typed) {
    await opened;
    const sent = JSON.stringify({ limits, ...meant });
    mean({});
    hide();
    return [typed, sent, null];
  }

  // --- copying, also where the page is not served over https and the clipboard is closed to it
  async function copy(text, button) {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.setAttribute("readonly", "");
      area.style.cssText = "position: fixed; top: 0; opacity: 0";
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
      button.focus();
    }
    const label = button.dataset.label || button.textContent;
    button.dataset.label = label;
    button.textContent = done ? "Copied" : "Could not copy";
    say(button.textContent);
    setTimeout(() => { button.textContent = label; }, 1600);
  }
  // A line for screen readers.
  function say(text) {
    let line = byId("by-said-aloud");
    if (!line) {
      line = document.createElement("p");
      line.id = "by-said-aloud";
      line.setAttribute("role", "status");
      byId("by-page").append(line);
    }
    line.textContent = text;
  }

  // --- previews: shown on hover and on focus, gone with Escape, and they stay while the pointer is on them
  let preview = null;
  let shownFor = null;
  let leaving = 0;
  function show(button) {
    clearTimeout(leaving);
    if (!preview || !preview.isConnected) {
      preview = document.createElement("div");
      preview.id = "by-preview";
      preview.setAttribute("role", "tooltip");
      preview.addEventListener("mouseenter", () => clearTimeout(leaving));
      preview.addEventListener("mouseleave", hideSoon);
      byId("by-page").append(preview);
    }
    hide();
    const parts = [["b", button.dataset.previewTitle], ["small", button.dataset.previewWhere], ["p", button.dataset.preview]];
    for (const [tag, text] of parts) {
      if (!text) continue;
      const part = document.createElement(tag);
      part.dir = "auto";
      part.textContent = text;
      preview.append(part);
    }
    preview.hidden = false;
    button.setAttribute("aria-describedby", preview.id);
    shownFor = button;
    place();
  }
  function place() {
    if (!shownFor) return;
    const from = shownFor.getBoundingClientRect();
    if (!shownFor.isConnected || from.bottom < 0 || from.top > window.innerHeight) return hide();
    const size = preview.getBoundingClientRect();
    const left = Math.max(8, Math.min(from.left - 16, document.documentElement.clientWidth - size.width - 8));
    const below = from.bottom + 8 + size.height <= window.innerHeight || from.top < size.height + 8;
    preview.style.left = `${left}px`;
    preview.style.top = `${below ? from.bottom + 6 : from.top - size.height - 6}px`;
  }
  function hide() {
    clearTimeout(leaving);
    for (const one of document.querySelectorAll("[aria-describedby=by-preview]")) one.removeAttribute("aria-describedby");
    shownFor = null;
    if (!preview) return;
    preview.replaceChildren();
    preview.hidden = true;
  }
  function hideSoon() {
    clearTimeout(leaving);
    leaving = setTimeout(hide, 200);
  }
  const previewed = (event) => event.target.closest && event.target.closest("[data-preview]");
  document.addEventListener("mouseover", (event) => { if (previewed(event)) show(previewed(event)); });
  document.addEventListener("mouseout", (event) => { if (previewed(event)) hideSoon(); });
  document.addEventListener("focusin", (event) => {
    if (previewed(event) && previewed(event).matches(":focus-visible")) show(previewed(event));
  });
  document.addEventListener("focusout", (event) => { if (previewed(event)) hide(); });
  document.addEventListener("scroll", place, { capture: true, passive: true });
  document.addEventListener("click", (event) => {
    const confidence = event.target.closest(".by-confidence");
    if (confidence) show(confidence); // a finger has no hover
    else hide();
    const copied = event.target.closest("[data-copy]:not(mark, .by-passage)");
    if (copied) copy(copied.dataset.copy, copied);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (preview && !preview.hidden) { hide(); return; }
    if (document.querySelector(".by-log[aria-busy=true]")) byId("by-stop")?.click();
  });

  return { limits, write, mean, asked, copy, say, opening(promise) { opened = promise; } };
})();
