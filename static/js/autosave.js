// Saves the answer of an office as it is written: on every change, and after two seconds of rest.
// The server keeps every version; this module only sends what was touched, shows what came back, and never drops a text.

const REST = 2000; // milliseconds without a key
const AGAIN = [5000, 15000, 30000, 60000]; // pauses after a failure, the last one for ever
const PATIENCE = 20000; // longest wait for an answer
const KEEPALIVE = 60000; // bytes a browser still sends while the page is left

function start(form) {
  const items = new Map([...form.querySelectorAll("[data-item]")].map((section) => [section.dataset.item, new Item(form, section)]));
  form.addEventListener("input", (event) => itemOf(items, event)?.touched(event.target));
  form.addEventListener("change", (event) => itemOf(items, event)?.changed(event.target));
  form.addEventListener("submit", () => items.forEach((item) => item.stop()));
  window.addEventListener("pagehide", () => items.forEach((item) => item.save()));
  window.addEventListener("online", () => items.forEach((item) => item.saveSoon(0)));
  form.addEventListener("wild:answer", (event) => {
    for (const [key, state] of Object.entries(event.detail)) items.get(key)?.show(state);
  });
}

function itemOf(items, event) {
  return items.get(event.target.closest("[data-item]")?.dataset.item);
}

class Item {
  constructor(form, section) {
    this.form = form;
    this.section = section;
    this.status = section.querySelector("[data-status]");
    this.conflicts = section.querySelector("[data-conflicts]");
    this.wording = section.querySelector("[data-wording]");
    this.dirty = new Set(); // names of fields with something unsaved
    this.failures = 0;
    this.showChoice();
  }

  touched(field) {
    if (!this.isField(field)) return;
    this.dirty.add(field.name);
    this.saveSoon(REST);
  }

  changed(field) {
    if (!this.isField(field)) return;
    this.dirty.add(field.name);
    this.showChoice();
    this.saveSoon(0);
  }

  isField(field) {
    return field.name && field.type !== "hidden" && this.token(field.name) !== null;
  }

  token(name) {
    return this.form.elements.namedItem(`${name}-seen`);
  }

  saveSoon(pause) {
    if (this.stopped || !this.dirty.size) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), pause);
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  async save() {
    clearTimeout(this.timer);
    if (this.stopped || this.sending || !this.dirty.size) return;
    this.sending = true;
    const names = [...this.dirty];
    const sent = new URLSearchParams({ csrfmiddlewaretoken: this.form.elements.namedItem("csrfmiddlewaretoken").value });
    for (const name of names) {
      sent.set(name, this.value(name));
      sent.set(`${name}-seen`, this.token(name).value);
    }
    this.say("is-busy", this.form.dataset.saving);
    try {
      const answer = await fetch(this.form.dataset.autosave, {
        method: "POST",
        body: sent,
        headers: { Accept: "application/json" },
        keepalive: sent.toString().length < KEEPALIVE,
        signal: AbortSignal.timeout ? AbortSignal.timeout(PATIENCE) : undefined,
      });
      await this.take(answer, names, sent);
    } catch {
      this.failed(this.form.dataset.offline);
    } finally {
      this.sending = false;
    }
    if (!this.failures) this.saveSoon(0);
  }

  async take(answer, names, sent) {
    const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    if (!isJson) return this.failed(this.form.dataset.refused);
    const body = await answer.json();
    if (body.state === "closed") {
      this.stop();
      this.say("is-busy", body.message);
      return;
    }
    this.failures = 0;
    const fields = Object.assign({}, ...Object.values(body.items).map((item) => item.fields));
    for (const name of names) {
      if (this.value(name) === sent.get(name)) this.dirty.delete(name);
      else if (fields[name].errors.length === 0) this.token(name).value = fields[name].token; // our own words, typed on
    }
    this.form.dispatchEvent(new CustomEvent("wild:answer", { detail: body.items }));
  }

  failed(message) {
    this.say("is-busy", message);
    const pause = AGAIN[Math.min(this.failures, AGAIN.length - 1)];
    this.failures += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), pause);
  }

  // What the server knows about this item. A field somebody is typing in is left as it is.
  show(state) {
    for (const [name, field] of Object.entries(state.fields)) {
      const element = this.form.elements.namedItem(name);
      if (!element || this.dirty.has(name)) continue; // its token still says what its author has seen
      this.token(name).value = field.token;
      this.showErrors(name, field.errors);
      if (field.errors.length === 0 && this.value(name) !== field.value && element !== document.activeElement) this.setValue(element, field.value);
    }
    if (Object.values(state.fields).some((field) => field.errors.length)) this.say("is-busy", this.form.dataset.refused);
    else if (!this.dirty.size) {
      this.status.className = `w-save ${{ busy: "is-busy", done: "is-done" }[state.state] || ""}`;
      replace(this.status, state.status);
    }
    if (this.conflicts && this.conflicts.dataset.shown !== state.conflicts) {
      this.conflicts.dataset.shown = state.conflicts;
      replace(this.conflicts, state.conflicts);
    }
    for (const step of document.querySelectorAll(`[data-step="${CSS.escape(this.section.dataset.item)}"]`)) {
      step.querySelector(".w-letter").dataset.state = state.state;
      step.querySelector("[data-step-text]").textContent = plain(state.step);
    }
    this.section.querySelector("legend .w-letter").dataset.state = state.state;
    this.showChoice();
  }

  showErrors(name, errors) {
    const line = this.section.querySelector(`[data-error="${CSS.escape(name)}"]`);
    if (!line) return;
    line.textContent = errors.join(" ");
    line.classList.toggle("d-block", errors.length > 0);
    const field = document.getElementById(`id_${name}`);
    if (!field) return;
    field.classList.toggle("is-invalid", errors.length > 0);
    if (errors.length) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", line.id);
    } else {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
    }
  }

  say(state, text) {
    this.status.className = `w-save ${state}`;
    this.status.textContent = text;
  }

  value(name) {
    const element = this.form.elements.namedItem(name);
    return (element.value || "").replace(/\r\n?/g, "\n");
  }

  setValue(element, value) {
    element.value = value;
    this.showChoice();
  }

  // The chosen position stands out; the wording is asked for where it is needed, and stays where something is written.
  showChoice() {
    const labels = [...this.section.querySelectorAll(".w-choices label")];
    for (const label of labels) label.classList.toggle("is-on", label.querySelector("input").checked);
    if (!this.wording) return;
    const needed = this.section.querySelector('.w-choices input[value="supports_with_changes"]');
    this.wording.hidden = !needed.checked && !this.wording.querySelector("textarea").value;
  }
}

// Fragments come from our own templates, where every value is escaped.
function replace(element, html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  element.replaceChildren(...parsed.body.childNodes);
}

function plain(html) {
  return new DOMParser().parseFromString(html, "text/html").body.textContent.trim().replace(/\s+/g, " ");
}

const form = document.querySelector("form[data-autosave]");
if (form) start(form);
