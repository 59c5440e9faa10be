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
    name: &'a str,
    stage: Stage,
    /// Ctrl or Cmd.
    command: bool,
    alt: bool,
    /// An input method is composing a character: Enter belongs to it.
    composing: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Down,
    /// The key is being held: its event repeats.
    Held,
    Up,
}

/// What an event says and what it happened on; `None` for what does not matter.
pub fn read(event: &Event) -> Option<(Gesture, Node)> {
    let node: Node = event.target()?.dyn_into().ok()?;
    let gesture = match event.dyn_ref::<KeyboardEvent>() {
        // 229 is what browsers report while an input method works, also where `isComposing` is already false.
        Some(key) => of_key(Key {
            name: &key.key(),
            stage: match (event.type_() == "keydown", key.repeat()) {
                (true, false) => Stage::Down,
                (true, true) => Stage::Held,
                (false, _) => Stage::Up,
            },
            command: key.ctrl_key() || key.meta_key(),
            alt: key.alt_key(),
            composing: key.is_composing() || key.key_code() == 229,
        })?,
        None if event.type_() == "click" => Gesture::Click,
        None => return None,
    };
    Some((gesture, node))
}

fn of_key(key: Key<'_>) -> Option<Gesture> {
    if key.composing || key.alt {
        return None;
    }
    match (key.stage, key.name, key.command) {
        (Stage::Down, "Enter", true) => Some(Gesture::Shortcut),
        (Stage::Down, "Enter", false) => Some(Gesture::Press { enter: true }),
        // Some buttons act when Space goes down, others when it comes up.
        (Stage::Down | Stage::Up, " " | "Spacebar", false) => Some(Gesture::Press { enter: false }),
        (Stage::Held | Stage::Up, ..)
        | (_, "Control" | "Meta" | "Shift" | "Alt" | "AltGraph" | "CapsLock" | "Unidentified", _) => None,
        (Stage::Down, ..) => Some(Gesture::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let plain = Key { name: "Enter", stage: Stage::Down, command: false, alt: false, composing: false };
        for (key, expected) in [
            (plain, Some(Gesture::Press { enter: true })),
            (Key { command: true, ..plain }, Some(Gesture::Shortcut)),
            (Key { command: true, stage: Stage::Held, ..plain }, None),
            (Key { command: true, composing: true, ..plain }, None),
            (Key { command: true, alt: true, ..plain }, None),
            (Key { command: true, stage: Stage::Up, ..plain }, None),
            (Key { composing: true, ..plain }, None),
            (Key { name: " ", ..plain }, Some(Gesture::Press { enter: false })),
            (Key { name: " ", stage: Stage::Up, ..plain }, Some(Gesture::Press { enter: false })),
            (Key { name: "Control", command: true, ..plain }, None),
            (Key { name: "a", ..plain }, Some(Gesture::Other)),
            (Key { name: "a", stage: Stage::Up, ..plain }, None),
        ] {
            assert_eq!(of_key(key), expected, "{key:?}");
        }
    }
}
