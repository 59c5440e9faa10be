//! What a person did, read from an event. Only what may send a mail matters.

use wasm_bindgen::JsCast;
use web_sys::{Event, KeyboardEvent, Node};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gesture {
    /// A click.
    Click,
    /// Ctrl+Enter or Cmd+Enter: sends from anywhere in a compose.
    Shortcut,
    /// Enter or Space: presses the button that has the focus.
    Press {
        /// It was Enter, which also confirms a dialog from one of its fields.
        enter: bool,
    },
    /// A key went down that sends nothing.
    Other,
}

/// A key event, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key<'a> {
    down: bool,
    key: &'a str,
    /// Ctrl or Cmd.
    command: bool,
    alt: bool,
    /// The key is being held.
    repeated: bool,
    /// An input method is composing a character: Enter belongs to it.
    composing: bool,
}

/// What an event says and what it happened on; `None` for what does not matter.
pub fn read(event: &Event) -> Option<(Gesture, Node)> {
    let node: Node = event.target()?.dyn_into().ok()?;
    let gesture = match event.dyn_ref::<KeyboardEvent>() {
        // 229 is what browsers report while an input method works, also where `isComposing` is already false.
        Some(key) => of_key(Key {
            down: event.type_() == "keydown",
            key: &key.key(),
            command: key.ctrl_key() || key.meta_key(),
            alt: key.alt_key(),
            repeated: key.repeat(),
            composing: key.is_composing() || key.key_code() == 229,
        })?,
        None if event.type_() == "click" => Gesture::Click,
        None => return None,
    };
    Some((gesture, node))
}

fn of_key(key: Key<'_>) -> Option<Gesture> {
    if key.composing || key.repeated || key.alt {
        return None;
    }
    match (key.down, key.key, key.command) {
        (true, "Enter", true) => Some(Gesture::Shortcut),
        (true, "Enter", false) => Some(Gesture::Press { enter: true }),
        // Some buttons act when Space goes down, others when it comes up.
        (_, " " | "Spacebar", false) => Some(Gesture::Press { enter: false }),
        (true, "Control" | "Meta" | "Shift" | "Alt" | "AltGraph" | "CapsLock" | "Unidentified", _) | (false, ..) => None,
        (true, ..) => Some(Gesture::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let plain = Key { down: true, key: "Enter", command: false, alt: false, repeated: false, composing: false };
        for (key, expected) in [
            (plain, Some(Gesture::Press { enter: true })),
            (Key { command: true, ..plain }, Some(Gesture::Shortcut)),
            (Key { command: true, repeated: true, ..plain }, None),
            (Key { command: true, composing: true, ..plain }, None),
            (Key { command: true, alt: true, ..plain }, None),
            (Key { command: true, down: false, ..plain }, None),
            (Key { composing: true, ..plain }, None),
            (Key { key: " ", ..plain }, Some(Gesture::Press { enter: false })),
            (Key { key: " ", down: false, ..plain }, Some(Gesture::Press { enter: false })),
            (Key { key: "Control", command: true, ..plain }, None),
            (Key { key: "a", ..plain }, Some(Gesture::Other)),
            (Key { key: "a", down: false, ..plain }, None),
        ] {
            assert_eq!(of_key(key), expected, "{key:?}");
        }
    }
}
