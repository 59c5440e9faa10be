// A link of a mail whose backend is gone: says where it leads, and lets the reader decide. There is nobody left who could check
// that it was not changed, so nobody is sent anywhere.
(() => {
  const words = {
    en: {
      title: "A link from a mail",
      gone: "The server that checked and forwarded such links is not there any more. So nobody can tell whether this one was changed on its way.",
      leads: "Where it leads",
      host: "It belongs to",
      go: "Go there",
      sure: "Go on only if you expected this address. If in doubt, ask the person who sent you the mail.",
      nothing: "This page knows nothing of this address. Open the link again from the mail, or ask the person who sent it to you.",
      no: "This is no address of a web page, so there is no way to it from here.",
    },
    de: {
      title: "Ein Link aus einer E-Mail",
      gone: "Den Server, der solche Links geprüft und weitergeleitet hat, gibt es nicht mehr. Ob dieser unterwegs verändert wurde, kann also niemand sagen.",
      leads: "Wohin er führt",
      host: "Die Adresse gehört zu",
      go: "Dorthin gehen",
      sure: "Gehen Sie nur weiter, wenn Sie diese Adresse erwartet haben. Fragen Sie im Zweifel die Person, die Ihnen geschrieben hat.",
      nothing: "Diese Seite kennt diese Adresse nicht. Öffnen Sie den Link noch einmal aus der E-Mail, oder fragen Sie die Person, die ihn geschickt hat.",
      no: "Das ist keine Adresse einer Webseite, darum führt von hier kein Weg dorthin.",
    },
  };
  const language = /^de\b/i.test(navigator.language) ? "de" : "en";
  const say = words[language];
  const page = document.getElementById("page");
  const add = (name, text, into = page) => {
    const element = document.createElement(name);
    element.textContent = text;
    into.append(element);
    return element;
  };
  // What shows nothing, or turns the reading order around, is shown by its number.
  const shown = (text) =>
    [...text].slice(0, 2000).map((c) => (/[\p{C}\p{Zl}\p{Zp}\u115f\u1160\u3164\ufe00-\ufe0f]/u.test(c) ? `[U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}]` : c)).join("") +
    ([...text].length > 2000 ? "…" : "");

  document.documentElement.lang = language;
  document.title = say.title;
  add("h1", say.title);
  let target;
  try {
    const [, given] = /[?&]u=([^&]*)/.exec(location.search) ?? [];
    target = given && decodeURIComponent(given);
  } catch {
    // Cut in the middle of a sign.
  }
  if (!target || !/\/c\/[^/]+\/[^/]+\/[^/]+$/.test(location.pathname)) {
    add("p", say.nothing);
    return;
  }
  let url;
  try {
    url = new URL(target);
  } catch {
    // No address at all.
  }
  const web = url && (url.protocol === "https:" || url.protocol === "http:") && !url.username && !url.password;
  add("p", say.gone);
  add("h2", say.leads);
  const box = add("p", "");
  box.className = "target";
  add("bdi", shown(web ? url.href : target), box).dir = "ltr";
  if (!web) {
    add("p", say.no);
    return;
  }
  const host = add("p", `${say.host} `);
  add("b", shown(url.host), host);
  add("p", say.sure);
  const way = add("a", say.go, add("p", ""));
  way.href = url.href;
  way.rel = "noreferrer noopener";
  way.className = "button";
})();
