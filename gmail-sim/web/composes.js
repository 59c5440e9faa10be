// Where composes stand: docked, in full screen, inside a conversation, in a window of their own. And what follows when
// one has sent.

import { $, config, h, has, icon, ICONS, newId, press, toggle } from './dom.js';
import { Compose } from './compose.js';
import { composeHandle, threadHandle } from './handles.js';
import { t, fullDate } from './i18n.js';
import { LABELS, randomId } from './wire.js';
import * as net from './net.js';
import { say } from './snackbar.js';

const open = new Set();
let dock = null;

/** A draft that nobody has written anything in. */
export const newDraft = (values = {}) => ({
  id: randomId('msg-a'), thread: randomId('thread-a'), legacyThread: null, from: { address: config.account.address, name: config.account.name },
  to: [], cc: [], bcc: [], subject: '', html: '', quoted: null, inReplyTo: null, answers: null, plain: config.settings.plainText, saved: false, ...values,
});

/** A draft as the server keeps it. */
export const storedDraft = (message) => newDraft({
  id: message.id, thread: message.thread, legacyThread: message.legacyThread, from: message.from, to: message.to, cc: message.cc, bcc: message.bcc,
  subject: message.subject, html: message.ownHtml, quoted: message.quoted, inReplyTo: message.references.at(-1) ?? null, answers: message.answers,
  plain: message.plain, saved: true,
});

/** What all composes do once they have left, wherever they stood. */
const outcome = {
  sent(compose, answer, record) {
    say(t('sending'), { seconds: 0 });
    answer.then(() => {
      const { draft } = record;
      say(t('messageSent'), {
        undo: { thread: draft.thread, act: () => takeBack(record, ['^pfg', '^f', '^f_bt', '^f_cl', '^i', '^u']) },
        view: record.kind === 'new' ? () => { location.hash = `#sent/${threadHandle(draft.thread)}`; } : null,
        seconds: Math.max(config.settings.undoSeconds, 4),
      });
      if (record.archive) net.relabel(draft.thread, [], ['^i'], [draft.answers]);
    }, () => notSent(record));
  },
  scheduled(compose, answer, record, when) {
    answer.then(() => say(t('messageScheduled', { when: fullDate(when) }), {
      undo: { thread: record.draft.thread, act: () => takeBack(record, ['^scheduled', '^f_bt', '^f_cl']) }, seconds: 8,
    }), () => notSent(record));
  },
  discarded: () => say(t('draftDiscarded')),
};

async function takeBack({ draft, kind }, labels) {
  if (!(await net.relabel(draft.thread, LABELS.draft, labels, [draft.id]))) return say(t('tooLate'));
  say(t('undone'));
  return reopen(draft, kind);
}

function notSent({ draft, kind }) {
  say(t('notSent'));
  reopen(draft, kind);
}

/** Opens a mail that was taken back, where it had been if that place is still there. */
function reopen(draft, kind) {
  const place = kind === 'new' ? null : inlinePlaces.get(draft.thread)?.(draft.answers);
  if (place) return openInline(place, { ...draft }, kind);
  return openDocked({ ...draft }, kind);
}

/** Gives the place for an answer to a message, by thread, while its conversation is shown. */
export const inlinePlaces = new Map();

// Docked and full screen

function dockPlace() {
  if (!dock) {
    const row = h('div.no');
    document.body.append(h('div.dw', {}, h('div', {}, h('div.nH', {}, h('div.nH', {}, row)))));
    dock = row;
  }
  return dock;
}

function titleButton(name, key, path, act) {
  const attributes = { id: newId(), 'aria-label': t(key), 'data-tooltip': t(key), 'data-tooltip-delay': '800' };
  const made = config.settings.titleBar === 'img'
    ? h(`img.${name}`, { ...attributes, alt: t(key), src: `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="${path}" fill="none" stroke="#808890" stroke-width="1.500"/></svg>`)}` })
    : h(`button.${name}`, { ...attributes, type: 'button' }, icon(path, 16));
  return press(made, act, false);
}

export function openDocked(draft, kind = 'new') {
  const already = [...open].find((it) => it.draft.id === draft.id);
  if (already) return already;
  const titleId = newId();
  const title = h('div.aYF');
  const below = h('div.nH');
  const spot = h('div.AD');
  const column = h('div.nH.nn', {}, h('div.nH', {}, spot));
  let inFull = false;

  const compose = new Compose(draft, kind, {
    ...outcome,
    titled: (text) => { title.textContent = text; },
    addressed: (it) => setHandle(it),
    popOut: (it) => popOut(it),
    canArchive: kind !== 'new',
    closed(it) {
      open.delete(it);
      column.remove();
      if (inFull) setFull(false);
      if (named === it) setHandle(null);
    },
  });
  title.textContent = compose.title;

  const minimise = (on) => {
    below.style.display = on ? 'none' : '';
    toggle(column, 'gs-min', on);
    toggle(column, 'gs-open', !on);
  };
  const full = titleButton('Hq.aUG', 'fullScreen', ICONS.full, (event) => (event.shiftKey ? popOut(compose) : setFull(!inFull)));
  const bar = h('td.Hm', {},
    titleButton('Hl', 'minimize', ICONS.min, () => (inFull ? (setFull(false), minimise(true)) : minimise(below.style.display !== 'none'))),
    full,
    titleButton('Ha', 'saveClose', ICONS.close, () => compose.close()));
  const name = h('td', {}, h('div.Hp', { id: titleId, onclick: () => !inFull && minimise(below.style.display !== 'none') },
    h('h2.a3E', {}, h('div.a3I', {}, t('composeTitle')), title)));
  let head = h('table.cf.Ht', { cellpadding: 0 }, h('tbody', {}, h('tr', {}, name, bar)));
  for (const layer of ['nH.wKggEb', 'aCk', 'k', 'l.n', 'l.m', 'nH', 'nH.Hy.aXJ']) head = h(`div.${layer}`, {}, head);
  below.append(compose.parts.outer);
  const dialog = h('div.nH.Hd', { role: 'dialog', 'aria-labelledby': titleId }, h('div.nH'), head, below, h('div.nH'));
  spot.append(dialog);
  dialog.addEventListener('keydown', (event) => event.key === 'Escape' && !event.defaultPrevented && compose.close());

  function setFull(on) {
    inFull = on;
    minimise(false);
    fullPlace().style.display = on ? '' : 'none';
    full.setAttribute('aria-label', t(on ? 'exitFullScreen' : 'fullScreen'));
    if (on) $('.aSt', fullPlace()).append(spot);
    else if (column.isConnected) column.firstChild.append(spot);
    else spot.remove();
    if (!compose.closed) compose.focus();
  }

  open.add(compose);
  minimise(false);
  dockPlace().prepend(column);
  compose.setFull = setFull;
  setHandle(compose);
  compose.focus();
  return compose;
}

/** `body > .aSs > .aSt`, made when it is first needed. */
function fullPlace() {
  let place = $('.aSs');
  if (!place) {
    place = h('div.aSs', { style: { display: 'none' } }, h('div.aSt'));
    document.body.append(place);
  }
  return place;
}

let named = null;

/** The address of the page names the compose that was last worked on: `new` until somebody is addressed. */
function setHandle(compose) {
  named = compose;
  const path = location.hash.split('?')[0] || '#inbox';
  let handle = '';
  if (compose) handle = `?compose=${compose.parts.recipients.people('to').length ? composeHandle(compose.draft) : 'new'}`;
  if (`${path}${handle}` !== location.hash) history.replaceState(null, '', `${path}${handle}`);
}

// Inside a conversation

/** Opens an answer in `.ip`; `place` is emptied again when it closes. */
export function openInline(place, draft, kind) {
  const compose = new Compose(draft, kind, {
    ...outcome,
    canArchive: true,
    popOut: (it) => popOut(it),
    closed(it) {
      open.delete(it);
      toggle(place, 'adB', false);
      place.replaceChildren();
    },
  });
  // One more layer than one would think, since September 2025.
  place.replaceChildren(h('div.GQbCve', {}, compose.parts.outer));
  toggle(place, 'adB', true);
  open.add(compose);
  if (draft.to.length) compose.parts.recipients.collapse();
  compose.focus();
  return compose;
}

export const isOpen = (place) => has(place, 'adB');

/** Saves and closes the answers inside a conversation that is left. */
export function leaveInline(root) {
  for (const compose of open) if (root.contains(compose.parts.root)) compose.close();
}

// A window of its own

async function popOut(compose) {
  const url = `${config.base}/popout?ver=1&search=drafts&th=${encodeURIComponent(`#${compose.draft.id}`)}&cvid=1${location.search.replace('?', '&')}`;
  const target = window.open('about:blank', '_blank', 'width=640,height=620');
  compose.take();
  await compose.save(true);
  compose.end();
  if (target) target.location.replace(url);
}

const between = new BroadcastChannel('sim');
between.addEventListener('message', ({ data }) => {
  if (config.popout || data.base !== config.base) return;
  if (data.what === 'sent') outcome.sent(null, Promise.resolve(), data.record);
  else if (data.what === 'scheduled') outcome.scheduled(null, Promise.resolve(), data.record, data.when);
  else if (data.what === 'discarded') outcome.discarded();
});

/** The page of a compose window: one compose in `[role=main]`. The window closes when it is done. */
export async function openAlone(main) {
  const id = new URLSearchParams(location.search).get('th')?.replace(/^#/, '');
  const { messages: [stored] } = id ? await net.readMessage(id) : { messages: [] };
  const done = (what, rest = {}) => {
    between.postMessage({ what, base: config.base, ...rest });
    window.close();
  };
  const draft = stored ? storedDraft(stored) : newDraft();
  const failed = (record) => {
    main.replaceChildren();
    show(record.draft);
    say(t('notSent'));
  };
  const show = (it) => {
    const compose = new Compose(it, 'new', {
      titled: (text) => { document.title = text; },
      closed: (closed) => open.delete(closed),
      discarded: () => done('discarded'),
      sent: (_, answer, record) => answer.then(() => done('sent', { record }), () => failed(record)),
      scheduled: (_, answer, record, when) => answer.then(() => done('scheduled', { record, when }), () => failed(record)),
    });
    open.add(compose);
    main.append(compose.parts.outer);
    document.title = compose.title;
    compose.focus();
  };
  show(draft);
}
