// Saves the answer of an office as it is written: on every change, and after two seconds of rest; says where its author
// is, and shows what colleagues have saved meanwhile. The server keeps every version; this module only sends what was
// touched, never drops a text, and leaves a field alone in which somebody is or something is unsaved.

const REST = 2000; // milliseconds without a key
const AGAIN = [5000, 15000, 30000, 60000]; // pauses after a failure, the last one for ever
const PATIENCE = 20000; // longest wait for an answer
const KEEPALIVE = 60000; // bytes a browser still sends while the page is left
const BEAT = 15000; // milliseconds between two notes of where we are; consultations/presence.py forgets after 40 seconds
const SETTLE = 300; // milliseconds until a move from field to field counts

function start(form) {
  const items = new Map([...form.querySelectorAll("[data-item]")].map((section) => [section.dataset.item, new Item(form, section)]));
  form.addEventListener("input", (event) => itemOf(items, event)?.touched(event.target));
  form.addEventListener("change", (event) => itemOf(items, event)?.changed(event.target));
  form.addEventListener("submit", () => items.forEach((item) => item.stop()));
  window.addEventListener("pagehide", () => items.forEach((item) => item.save()));
  window.addEventListener("online", () => items.forEach((item) => item.saveSoon(0)));
  form.addEventListener("wild:answer", (event) => {
    for (const [key, state] of Object.entries(event.detail.items)) items.get(key)?.show(state);
    change(document.querySelector("[data-present]"), event.detail.present);
    change(document.querySelector("[data-people]"), event.detail.people);
  });
  new Presence(form);
}

// Where we are, told every 15 seconds while the page is in sight, when we move to another item, and when we leave.
class Presence {
  constructor(form) {
    this.form = form;
    form.addEventListener("focusin", () => this.soon(SETTLE));
    form.addEventListener("focusout", () => this.soon(SETTLE));
    document.addEventListener("visibilitychange", () => (document.hidden ? this.leave() : this.soon(0)));
    window.addEventListener("pagehide", () => this.leave());
    window.addEventListener("pageshow", (event) => event.persisted && this.soon(0));
    this.soon(0);
  }

  soon(pause) {
    if (this.stopped || document.hidden) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.beat(), pause);
  }

  get part() {
    return document.activeElement?.closest("[data-item]")?.dataset.item ?? "";
  }

  async beat() {
    this.soon(BEAT);
    if (this.asking) return this.soon(SETTLE);
    this.asking = true;
    try {
      const answer = await this.send({ part: this.part });
      if (answer.status === 409) this.stopped = true; // closed: a save will say so
      else if (isJson(answer)) this.form.dispatchEvent(new CustomEvent("wild:answer", { detail: await answer.json() }));
    } catch {
      // nothing is lost: the next beat tells it again
    } finally {
      this.asking = false;
    }
  }

  leave() {
    clearTimeout(this.timer);
    if (!this.stopped) this.send({ left: "1" }).catch(() => {});
  }

  send(values) {
    const csrfmiddlewaretoken = this.form.elements.namedItem("csrfmiddlewaretoken").value;
    return fetch(this.form.dataset.presence, {
      method: "POST",
      body: new URLSearchParams({ csrfmiddlewaretoken, ...values }),
      headers: { Accept: "application/json" },
      keepalive: true,
      signal: AbortSignal.timeout ? AbortSignal.timeout(PATIENCE) : undefined,
    });
  }
}

function isJson(answer) {
  return (answer.headers.get("Content-Type") || "").startsWith("application/json");
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
    this.marked = section.querySelector("[data-marked]");
    this.files = section.querySelector("[data-files]");
    this.dirty = new Set(); // names of fields with something unsaved
    this.refused = new Set(); // names of fields whose text could not be saved as it is
    this.failures = 0;
    this.showChoice();
  }

  touched(field) {
    if (!this.isField(field)) return;
    this.dirty.add(field.name);
    this.refused.delete(field.name);
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
    if (!isJson(answer)) return this.failed(this.form.dataset.refused);
    const body = await answer.json();
    if (body.state === "closed") {
      this.stop();
      this.say("is-busy", body.message);
      return;
    }
    this.failures = 0;
    const fields = Object.assign({}, ...Object.values(body.items).map((item) => item.fields));
    for (const name of names) {
      this.refused.delete(name);
      if (this.value(name) === sent.get(name)) this.dirty.delete(name);
      else if (fields[name].errors.length === 0) this.token(name).value = fields[name].token; // our own words, typed on
    }
    this.form.dispatchEvent(new CustomEvent("wild:answer", { detail: body }));
  }

  failed(message) {
    this.say("is-busy", message);
    const pause = AGAIN[Math.min(this.failures, AGAIN.length - 1)];
    this.failures += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), pause);
  }

  // What the server knows about this item. A field somebody is in, or with something unsaved, is left as it is, and so
  // is its token: it still says what its author has seen, so that what they write next stands beside, not over it.
  show(state) {
    for (const [name, field] of Object.entries(state.fields)) {
      const element = this.form.elements.namedItem(name);
      if (!element || this.dirty.has(name)) continue;
      if (field.errors.length) this.refused.add(name);
      else if (this.refused.has(name)) continue;
      else if (this.value(name) !== field.value) {
        if (document.activeElement?.name === name) continue;
        this.setValue(element, field.value);
      }
      this.token(name).value = field.token;
      this.showErrors(name, field.errors);
    }
    if (this.refused.size) this.say("is-busy", this.form.dataset.refused);
    else if (!this.dirty.size) {
      this.status.className = `w-save ${{ busy: "is-busy", done: "is-done" }[state.state] || ""}`;
      change(this.status, state.status);
    }
    change(this.conflicts, state.conflicts);
    change(this.marked, state.marked);
    change(this.files, state.files);
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
    delete this.status.dataset.shown;
    if (this.status.textContent !== text) this.status.textContent = text;
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
    const text = words(this.wording.querySelector("textarea").value);
    this.wording.hidden = !needed.checked && (text === "" || text === words(this.wording.dataset.start));
  }
}

// Shows a fragment where it is new: what is read out is only read when it changes.
function change(element, html) {
  if (!element || element.dataset.shown === html) return;
  element.dataset.shown = html;
  replace(element, html);
}

// A text as the server compares it: blanks and line ends do not make another wording.
function words(text) {
  return text.normalize("NFC").trim().replace(/\s+/g, " ");
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
