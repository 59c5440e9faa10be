//! What is fuzzed in the extension's core: what Gmail's page and its server tell each other. See `domain.rs`.

use waxwing_extension::gmail::wire::{self, Mail};

/// A request or a response of Gmail's.
pub(crate) fn wire(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for mails in [wire::read_request(&text), wire::read_response(&text)].into_iter().flatten() {
        // Each mail takes some of the text: whatever is nested, there are never more of them, nor is more in them.
        assert!(mails.len() <= text.len());
        assert!(mails.iter().map(size).max().unwrap_or_default() <= text.len());
    }
    assert_eq!(wire::read_request(&text), wire::read_request(&text));
}

fn size(mail: &Mail) -> usize {
    mail.html().len() + mail.thread.len() + mail.message.len()
}
