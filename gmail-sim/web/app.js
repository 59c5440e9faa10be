// Where everything comes together: what the address of the page says is what is shown.

import { $, config, h } from "./dom.js";
import { openAlone } from "./alone.js";
import { openDocked } from "./docked.js";
import { newDraft, storedDraft } from "./drafts.js";
import { readThreadHandle, threadHandle } from "./handles.js";
import { ThreadList } from "./list.js";
import { applyStored, buildShell, dress, setTitle, showFolder } from "./shell.js";
import { ThreadView } from "./thread.js";
import { say } from "./snackbar.js";
import { t } from "./i18n.js";
import * as net from "./net.js";

const FOLDERS = ["inbox", "sent", "drafts", "scheduled", "all"];

function readAddress() {
  const [path] = decodeURIComponent(location.hash.replace(/^#/, "")).split("?");
  const [place = "inbox", ...rest] = path.split("/");
  if (place === "search") return { folder: "search", text: rest[0] ?? "", thread: rest[1] ? readThreadHandle(rest[1]) : null };
  const thread = rest[0] ? readThreadHandle(rest[0]) : null;
  // Gmail still takes the older ids that stand in links made elsewhere.
  const legacy = !thread && /^[0-9a-f]{14,16}$/.test(rest[0] ?? "") ? rest[0] : null;
  return { folder: FOLDERS.includes(place) ? place : "inbox", text: "", thread, legacy };
}

function start() {
  const { views, query } = buildShell({
    compose: () => openDocked(newDraft()),
    search: (text) => {
      location.hash = text ? `#search/${encodeURIComponent(text)}` : "#inbox";
    },
  });
  const act = {
    open: async (row) => {
      if (row.standaloneDraft) {
        const {
          messages: [message],
        } = await net.readMessage(row.standaloneDraft);
        if (message) openDocked(storedDraft(message));
        return;
      }
      const { folder, text } = readAddress();
      location.hash = `#${folder}${folder === "search" ? `/${encodeURIComponent(text)}` : ""}/${threadHandle(row.thread)}`;
    },
    archive: (row) => move(row.thread, null, [], ["^i"], "archived"),
    remove: (row) => move(row.thread, null, ["^k"], ["^i"], "deleted"),
  };
  // A search has a list of its own; the other one stays in the document, hidden and with what it last showed.
  const lists = { folder: new ThreadList(act), search: new ThreadList(act) };
  let list = null;
  let view = null;

  async function move(thread, ids, add, remove, words) {
    const all = ids ?? (await net.readThread(thread)).messages.map((it) => it.id);
    await net.relabel(thread, add, remove, all);
    say(t(words));
    if (view?.thread === thread) back();
    else refresh();
  }

  function back() {
    const { folder, text } = readAddress();
    location.hash = folder === "search" ? `#search/${encodeURIComponent(text)}` : `#${folder}`;
  }

  function reveal(root) {
    for (const it of [lists.folder, lists.search, view]) {
      if (!it) continue;
      it.root.style.display = it.root === root ? "" : "none";
      if (it.root === root) it.root.setAttribute("role", "main");
      else it.root.removeAttribute("role");
    }
    if (root.parentNode !== views) views.append(root);
  }

  let turn = 0;

  async function refresh() {
    const mine = ++turn;
    const { folder, text, legacy, ...address } = readAddress();
    const thread = legacy ? ((await net.readThread(legacy)).messages[0]?.thread ?? null) : address.thread;
    if (mine !== turn) return;
    query.value = folder === "search" ? text : "";
    if (view && view.thread !== thread) {
      view.leave();
      view = null;
    }
    const inbox = await net.readList(folder, text);
    if (mine !== turn) return;
    showFolder(folder, inbox);
    const words = folder === "search" ? t("searchResults") : t(folder);
    setTitle(folder === "inbox" && inbox.unread ? `${words} (${inbox.unread})` : words);
    list = folder === "search" ? lists.search : lists.folder;
    if (!thread) {
      list.show(inbox.threads, folder);
      reveal(list.root);
      return;
    }
    view ??= new ThreadView(thread, {
      back,
      archive: (ids) => move(thread, ids, [], ["^i"], "archived"),
      remove: (ids) => move(thread, ids, ["^k"], ["^i"], "deleted"),
    });
    const shown = view;
    const found = await shown.refresh();
    if (shown !== view) return;
    if (!found) {
      back();
      return;
    }
    setTitle($(".hP", shown.root).textContent);
    reveal(shown.root);
  }

  addEventListener("hashchange", refresh);
  net.listen(refresh);
  refresh();
  if (new URLSearchParams(location.search).get("view") === "cm") openDocked(newDraft());
}

applyStored();
dress();
if (config.popout) {
  $("#loading")?.remove();
  const main = h("div.nH.gs-alone", { role: "main" });
  document.body.append(main);
  openAlone(main);
} else {
  start();
}
