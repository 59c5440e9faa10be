//! Identifiers in Gmail's forms, and the random source that they come from.
//!
//! What must hold: everything is drawn from one seeded generator, so that a test with a fixed seed and clock sees the
//! same ids in every run. None of this guards anything: it is not for secrets.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The `SplitMix64` generator: small, seedable, good enough for ids in a simulator.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn bytes(&mut self, n: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(n + 8);
        while out.len() < n {
            out.extend_from_slice(&self.next().to_le_bytes());
        }
        out.truncate(n);
        out
    }

    /// A number that page scripts read exactly is not needed here: Gmail's own are signed 64 bit, written in decimal.
    fn signed(&mut self) -> i64 {
        // Two bits are given up so that the length stays in Gmail's range.
        self.next().cast_signed() >> 2
    }

    /// `msg-a:r…`: a message that was written in this mailbox.
    pub(crate) fn own_message(&mut self) -> String {
        format!("msg-a:r{}", self.signed())
    }

    /// `thread-a:r…`: a thread that began with a message written in this mailbox.
    pub(crate) fn own_thread(&mut self) -> String {
        format!("thread-a:r{}", self.signed())
    }

    /// A legacy id: the milliseconds of `now` in the upper 44 bits, as in recorded ids.
    pub(crate) fn legacy(&mut self, now: i64) -> u64 {
        (now.unsigned_abs() << 20) | (self.next() & 0xF_FFFF)
    }

    /// An RFC 5322 Message-ID in the form that Gmail gives.
    pub(crate) fn rfc_id(&mut self) -> String {
        format!("<CA{}@mail.gmail.com>", STANDARD_NO_PAD.encode(self.bytes(36)).replace('/', "_"))
    }

    /// The opaque part of an address at the image proxy.
    pub(crate) fn image_token(&mut self) -> String {
        format!("ADKq_N{}", URL_SAFE_NO_PAD.encode(self.bytes(90)))
    }

    /// The opaque part of a token or code.
    pub(crate) fn token(&mut self, bytes: usize) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes(bytes))
    }

    /// Whether something of this probability, 0 to 1, happens now.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        // 32 bits are fine enough, and exact in a float.
        let drawn = f64::from(u32::try_from(self.next() >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX);
        drawn < probability
    }

    /// A value for a CSP nonce or a form's token.
    pub(crate) fn nonce(&mut self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes(16))
    }
}

/// A legacy id as Gmail writes it in the page and on the wire.
pub(crate) fn legacy_hex(id: u64) -> String {
    format!("{id:x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_gmails_forms_and_repeat_for_a_seed() {
        let mut random = Random::new(7);
        let id = random.own_message();
        assert!(id.starts_with("msg-a:r"), "{id}");
        assert_eq!(id, Random::new(7).own_message());
        // 0x183234ce86f is 1662744586351, the time of the recorded message 183234ce86ffa010.
        assert!(legacy_hex(random.legacy(1_662_744_586_351)).starts_with("183234ce86f"));
        assert!(random.rfc_id().ends_with("@mail.gmail.com>"));
    }
}
