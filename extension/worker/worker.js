// The boot of the service worker. Chromium only wakes a worker for listeners that were registered while its script first ran,
// so all of them stand here; what they do is in the core (src/worker), behind a promise.

import start, {
  worker_on_alarm,
  worker_on_installed,
  worker_on_message,
  worker_on_notice_button,
  worker_on_notice_clicked,
  worker_on_start,
  worker_on_stored,
} from './core.js';

let core;

/** The core, started once. A start that failed is tried again by the next event. */
function ready() {
  core ??= start().then(
    () => {
      // Beside: a question does not wait for everything to be resumed.
      worker_on_start().catch(() => {});
    },
    (error) => {
      core = undefined;
      throw error;
    },
  );
  return core;
}

/** Lets the core do something that nobody waits for. */
function tell(what) {
  ready().then(what).catch(() => {
    // There is nobody to tell: who asks next is answered with the fault.
  });
}

chrome.runtime.onMessage.addListener((message, sender, answer) => {
  ready()
    .then(() => worker_on_message(message, sender))
    .then(answer)
    .catch((error) => answer({ fault: { fault: 'internal', detail: String(error?.name ?? 'Error') } }));
  return true;
});

chrome.alarms.onAlarm.addListener((alarm) => tell(() => worker_on_alarm(alarm.name)));
chrome.notifications.onClicked.addListener((id) => tell(() => worker_on_notice_clicked(id)));
chrome.notifications.onButtonClicked.addListener((id, index) => tell(() => worker_on_notice_button(id, index)));
chrome.runtime.onInstalled.addListener(() => tell(() => worker_on_installed()));
chrome.runtime.onStartup.addListener(() => tell(() => {}));
chrome.storage.onChanged.addListener((changes, area) => {
  const added = area === 'local' ? Object.keys(changes).filter((name) => 'newValue' in changes[name]) : [];
  if (added.length > 0) tell(() => worker_on_stored(added));
});

tell(() => {});
