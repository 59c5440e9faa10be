// The structure of a compose, as Gmail builds it:
// .aaZ > .M9[jslog] > .aoI[role=region][data-compose-id] > table.aoP > td.I5 > form.bAs + table.iN

import { h, newId } from "./dom.js";
import { t } from "./i18n.js";
import { buildToolbar } from "./toolbar.js";
import { recipientFields } from "./recipients.js";

/** What Gmail writes beside a compose and its Send button: draft and thread, readable without any word. */
export function jslog(number, draft) {
  const ids = JSON.stringify([`#${draft.id}`, null, null, null, 1, null, [`#${draft.thread}`], false]);
  return `${number}; u014N:xr6bB; dYFj7e:true; 11:${btoa(ids).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

const hidden = (name, value = "") => h("input", { type: "hidden", name, value, id: newId() });

let lastCompose = 0;

/**
 * Builds the parts. `on` holds what is to happen: changed, send, sendAndArchive, schedule, discard, plainText, insertLink.
 */
export function composeDom(draft, kind, on) {
  const reply = kind === "reply" || kind === "replyAll" || kind === "forward";
  const number = ++lastCompose;
  const recipients = recipientFields(on.changed);
  const body = h("div.Am.Al.editable.LW-avf.tS-tW", {
    id: newId(),
    hidefocus: "true",
    "aria-label": t("body"),
    g_editable: "true",
    role: "textbox",
    "aria-multiline": "true",
    contenteditable: "true",
    tabindex: 1,
    spellcheck: "false",
    dir: "auto",
  });
  const plain = h("textarea.Ak.aXjCH", {
    id: newId(),
    "aria-label": t("body"),
    spellcheck: "true",
    itacorner: "6,7:1,1,0,0",
    tabindex: 1,
    form: "nosend",
  });
  const plainHolder = h("div.Ar.As", { style: { display: "none" } }, h("div.At", {}, plain));
  const bodyHolder = h("div.Ar.Au", {}, body);
  const subject = h("input.aoT", {
    name: "subjectbox",
    id: newId(),
    autocomplete: "off",
    spellcheck: "true",
    tabindex: 1,
    placeholder: t("subject"),
    "aria-label": t("subject"),
  });
  const inputs = Object.fromEntries(
    ["from", "subject", "draft", "rt", "lts", "rm", "uet", "ishtml", "body"].map((name) => [name, hidden(name)]),
  );
  const fromRow = h("div.aoD.az2", { style: { display: "none" } });
  recipients.area.append(fromRow);
  const form = h(
    "form.bAs",
    { method: "POST", enctype: "multipart/form-data", "accept-charset": "utf-8", onsubmit: (event) => event.preventDefault() },
    recipients.area,
    recipients.collapsed,
    h("div.aoD.az6", {}, h("div", {}, subject, h("div.bzm", { style: { display: "none" } }))),
    hidden("composeid", String(number)),
    Object.values(inputs),
    ["bwd", "ac", "adc", "bpfs", "pbgt"].map((name) => hidden(name)),
  );

  // In an answer Gmail keeps subject and title bar in the form but shows neither.
  if (reply) subject.parentElement.parentElement.style.cssText = "height:0;min-height:0;overflow:hidden;padding:0;border:0";

  const trimmed = h(
    "div.ajR",
    {
      role: "button",
      tabindex: 1,
      "aria-label": t("trimmed"),
      "data-tooltip": t("trimmed"),
      id: newId(),
      style: { display: "none" },
    },
    h("div.uC", {}, h("div.ajT", {}, "\u2022\u2022\u2022")),
  );
  const toolbar = buildToolbar(on);
  const content = h(
    "table.iN",
    {},
    h(
      "tbody",
      {},
      h(
        "tr",
        {},
        h(
          "td.GQ",
          {},
          h(
            "div.GP",
            {},
            h(
              "div.qz.aXjCH",
              {},
              h(
                "div.et",
                {},
                h("div.eJ"),
                h(
                  "table.cf.An",
                  { cellpadding: 0 },
                  h(
                    "tbody",
                    {},
                    h("tr", {}, h("td.Aq", {}, "\u00a0"), h("td.Ap", {}, plainHolder, bodyHolder), h("td.Aq", {}, "\u00a0")),
                  ),
                ),
                trimmed,
              ),
            ),
          ),
        ),
      ),
      h("tr", {}, h("td.HE", {}, h("div.aDg", {}, h("div.aDj", {}, h("div.aC5"), h("div.aDl"), toolbar.element)))),
    ),
  );

  const region = h(
    "div.aoI",
    { role: "region", "aria-label": subjectLabel(draft), "data-compose-id": String(number), id: newId(), tabindex: -1 },
    h(
      "table.aoP.aoC",
      {},
      h("tbody", {}, h("tr", {}, h("td.aoY"), h("td.I5", {}, reply ? replyHead(kind, on) : null, form, content))),
    ),
  );
  const root = h("div.M9", { jsaction: "taiVP:.CLIENT", jslog: jslog(77394, draft) }, h("div.HX"), region, toolbar.menu);
  toolbar.send.setAttribute("jslog", jslog(32601, draft));

  return {
    outer: h("div.aaZ", {}, root),
    root,
    region,
    form,
    recipients,
    body,
    bodyHolder,
    plain,
    plainHolder,
    subject,
    inputs,
    fromRow,
    trimmed,
    toolbar,
  };
}

export const subjectLabel = (draft) => draft.subject || t("newMessage");

/** The head of an answer: which kind it is, and the way into a window of its own. */
function replyHead(kind, on) {
  const type = h(
    `div.Un.J-JN-M-I.J-J5-Ji.T-I-ax7.T-I`,
    { role: "button", tabindex: 1, "aria-label": t("replyType"), "aria-haspopup": "true", "data-tooltip": t("replyType") },
    kind === "forward" ? h("span.mI") : null,
    h("span.gs-kind", {}, t(kind)),
  );
  const out = h(
    "div.gs-popout",
    { role: "button", tabindex: 1, "aria-label": t("popOutReply"), "data-tooltip": t("popOutReply"), onclick: on.popOut },
    "\u2197",
  );
  return h("div.HQ", {}, type, out);
}
