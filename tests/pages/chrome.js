// Runs in the page before its own scripts: a `chrome` that answers the pages' questions from fixtures, so that the popup and
// the options page can be looked at and tested without an extension, a worker or a backend.
//
// `window.__ww` is the test's hand on it: `asked` (every question), `answer(type, reply | function)`, `tell(message)` (news from
// the worker), `missing` (keys without words).
(({ messages, language, answers, version }) => {
  const listeners = [];
  const changed = [];
  const asked = [];
  const missing = new Set();
  const table = { ...answers };
  const local = {};

  const getMessage = (key, values = []) => {
    const entry = messages[key];
    if (!entry) {
      missing.add(key);
      return "";
    }
    // As Chrome does it: named placeholders first, then $1 to $9, in one pass over the message.
    const list = Array.isArray(values) ? values : [values];
    const named = (name) => entry.placeholders?.[name.toLowerCase()]?.content ?? "";
    return entry.message
      .replace(/\$([a-z0-9_@]+)\$/gi, (_, name) => named(name))
      .replace(/\$([1-9])/g, (_, n) => list[n - 1] ?? "");
  };

  const reply = async (question) => {
    asked.push(question);
    // What is asked about mails that go out later has a tag of its own: its answers are named `later:list`.
    let answer = table[question.type ?? `later:${question.later}`];
    if (typeof answer === "function") answer = await answer(question);
    if (answer === undefined) return { ok: { answer: "done" } };
    // Never settles: for the looks of loading.
    if (answer === "never") return new Promise(() => {});
    return structuredClone(answer);
  };

  const event = (list) => ({
    addListener: (heard) => list.push(heard),
    removeListener: (heard) => list.splice(list.indexOf(heard), 1),
  });

  window.chrome = {
    i18n: { getMessage, getUILanguage: () => language },
    runtime: {
      id: "test",
      sendMessage: reply,
      onMessage: event(listeners),
      getManifest: () => ({ version }),
      getURL: (path) => new URL(path, location.href).href,
      openOptionsPage: async () => {},
    },
    storage: {
      onChanged: event(changed),
      local: {
        get: async (names) => Object.fromEntries([names].flat().filter((n) => n in local).map((n) => [n, local[n]])),
        set: async (values) => void Object.assign(local, values),
        remove: async (names) => [names].flat().forEach((n) => delete local[n]),
        getKeys: async () => Object.keys(local),
        getBytesInUse: async () => 4096,
      },
    },
    tabs: { create: async () => ({}), query: async () => [], reload: async () => {} },
  };

  window.__ww = {
    asked,
    missing,
    local,
    answer: (type, answer) => void (table[type] = answer),
    tell: (message) => listeners.forEach((heard) => heard(message, {}, () => {})),
    change: (changes) => changed.forEach((heard) => heard(changes, "local")),
  };
})(window.__wwSetup);
