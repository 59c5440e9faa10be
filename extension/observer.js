// In the page's own world, before its first script: passes on what Gmail's client and server say while a mail is saved or
// sent, so that what was really sent can be checked. It reads and never alters: requests and answers are the same with it
// and without it. Nothing goes the other way: the page hears nothing from the extension.
//
// What must hold: whatever goes wrong in here stays in here; calls to other addresses cost one search in a short text.
(() => {
  "use strict";

  // Kept from before the page's scripts, so that they cannot change what these do.
  const { apply } = Reflect;
  const { stringify } = JSON;
  const { WeakMap, Proxy, CustomEvent, TextDecoder, Request, ArrayBuffer, URL } = window;
  const dispatch = document.dispatchEvent.bind(document);
  const origin = window.location.origin;

  const SYNC = /^(?:https:\/\/mail\.google\.com)?(?:\/mail)?(?:\/[bu]\/[^/?#]+)*\/sync(?:\/[bu]\/[^/?#]+)*\/i\/s(?:[?#]|$)/;
  /** More than any mail: what is larger is passed over. */
  const LARGEST = 64 * 1024 * 1024;

  let last = 0;

  /** The address of a call, if it is one of those that save or send. */
  const wanted = (address) => {
    const url = typeof address === "string" ? address : address instanceof URL ? address.href : "";
    if (!url.includes("/i/s")) return null;
    const path = url.startsWith(origin) ? url.slice(origin.length) : url;
    return SYNC.test(path) ? url : null;
  };

  /** A body as text; null for what is not text. */
  const text = (body) => {
    if (typeof body === "string") return body;
    if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return new TextDecoder().decode(body);
    return null;
  };

  const tell = (type, detail) => {
    if (detail.body === null || detail.body.length > LARGEST) return;
    dispatch(new CustomEvent(type, { detail: stringify(detail) }));
  };
  const told = (url, body) => {
    const id = ++last;
    tell("ww:request", { id, url, body });
    return id;
  };

  /** The same function, which `before` looks at first and `after` with what came of it. */
  const watched = (original, before, after) =>
    new Proxy(original, {
      apply(target, self, args) {
        let seen = null;
        try {
          seen = before(self, args);
        } catch {
          // Not ours to report into the page.
        }
        const result = apply(target, self, args);
        try {
          if (seen !== null) after?.(seen, result);
        } catch {
          // As above.
        }
        return result;
      },
    });

  // XMLHttpRequest: the address is given to `open`, the body to `send`.
  const addresses = new WeakMap();
  const xhr = window.XMLHttpRequest.prototype;
  const listen = xhr.addEventListener;

  const answer = (request) => {
    switch (request.responseType) {
      case "":
      case "text":
        return request.responseText;
      case "json":
        return stringify(request.response);
      default:
        return text(request.response);
    }
  };

  xhr.open = watched(xhr.open, (request, [, address]) => {
    const url = wanted(address);
    if (url !== null) addresses.set(request, url);
    else addresses.delete(request);
    return null;
  });

  xhr.send = watched(xhr.send, (request, [body]) => {
    const url = addresses.get(request);
    if (url === undefined) return null;
    const id = told(url, text(body));
    const heard = () => {
      try {
        tell("ww:response", { id, status: request.status, body: answer(request) });
      } catch {
        // As above.
      }
    };
    apply(listen, request, ["load", heard, { once: true }]);
    return null;
  });

  // fetch: a Request's body can only be read from a copy, and only later.
  window.fetch = watched(
    window.fetch,
    (_self, [address, options]) => {
      const request = address instanceof Request ? address : null;
      const url = wanted(request === null ? address : request.url);
      if (url === null) return null;
      if (request !== null && options?.body === undefined) {
        const copied = request.clone().text().then((body) => told(url, body));
        copied.catch(() => {});
        return { id: copied };
      }
      return { id: told(url, text(options?.body)) };
    },
    (seen, result) => {
      const copied = result.then(async (response) => {
        const { status } = response;
        const copy = response.clone();
        tell("ww:response", { id: await seen.id, status, body: await copy.text() });
      });
      copied.catch(() => {});
    },
  );
})();
