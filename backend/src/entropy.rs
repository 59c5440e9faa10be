//! Randomness as a parameter: everything that draws random bytes draws them from an [`Entropy`], so that tests decide.

use uuid::Uuid;

/// Gives random bytes fit for keys.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `bytes`. The error is the operating system's: it has no randomness to give.
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()>;
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        getrandom::fill(bytes).map_err(std::io::Error::other)
    }
}

/// `N` random bytes.
pub fn bytes<const N: usize>(entropy: &dyn Entropy) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes)?;
    Ok(bytes)
}

/// A random UUID (version 4).
pub fn uuid(entropy: &dyn Entropy) -> std::io::Result<Uuid> {
    Ok(uuid::Builder::from_random_bytes(bytes(entropy)?).into_uuid())
}

/// `len` characters drawn evenly from `alphabet`.
pub fn text(entropy: &dyn Entropy, alphabet: &[u8], len: usize) -> std::io::Result<String> {
    // Bytes above the largest multiple of the alphabet's length would favour its first characters.
    let fair = 256 - 256 % alphabet.len();
    let mut out = String::with_capacity(len);
    while out.len() < len {
        for byte in bytes::<32>(entropy)? {
            if out.len() < len && usize::from(byte) < fair {
                out.push(char::from(alphabet[usize::from(byte) % alphabet.len()]));
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_of_the_alphabet_and_even() {
        let drawn = text(&SystemEntropy, b"abc", 3_000).unwrap();
        assert_eq!(drawn.len(), 3_000);
        for letter in ["a", "b", "c"] {
            let n = drawn.matches(letter).count();
            assert!((800..1_200).contains(&n), "{letter}: {n}");
        }
    }

    #[test]
    fn a_uuid_is_version_four() {
        let id = uuid(&SystemEntropy).unwrap();
        assert_eq!(id.get_version_num(), 4);
        assert_ne!(id, uuid(&SystemEntropy).unwrap());
    }
}
