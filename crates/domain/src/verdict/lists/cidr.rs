//! One block of addresses, read from text such as `66.249.88.0/24`.
//!
//! What comes from a file or from the network is hostile: a block that is too wide to be true is refused, because one
//! `0.0.0.0/0` in a list of clouds would turn every reader into a machine.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use thiserror::Error;

/// The widest block that any operator publishes: a /8 of IPv4.
const WIDEST_V4: u8 = 8;
/// The widest block of IPv6: registries hand out /19 at most, a /16 leaves room.
const WIDEST_V6: u8 = 16;

/// Why a text is no block of addresses.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum CidrError {
    /// Neither an address nor an address with a prefix length.
    #[error("not an address block")]
    Form,
    /// The prefix length does not fit the kind of address.
    #[error("the prefix length is too large")]
    Length,
    /// Wider than any operator's network: /8 for IPv4, /16 for IPv6.
    #[error("the block is too wide to be true")]
    Wide,
}

/// A block of addresses, host bits cleared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cidr {
    /// IPv4: network and prefix length, 8 to 32.
    V4(u32, u8),
    /// IPv6: network and prefix length, 16 to 128.
    V6(u128, u8),
}

impl Cidr {
    /// Reads `address/length`; a bare address is a block of one. Host bits are cleared rather than refused: published
    /// lists carry them now and then, and what is meant is plain.
    pub fn parse(text: &str) -> Result<Self, CidrError> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(prefix_length(length)?)),
            None => (text, None),
        };
        match address.parse::<IpAddr>().map_err(|_| CidrError::Form)? {
            IpAddr::V4(address) => {
                let length = length.unwrap_or(32);
                checked(length, WIDEST_V4, 32)?;
                Ok(Self::V4(u32::from(address) & mask32(length), length))
            }
            IpAddr::V6(address) => {
                let length = length.unwrap_or(128);
                checked(length, WIDEST_V6, 128)?;
                Ok(Self::V6(u128::from(address) & mask128(length), length))
            }
        }
    }
}

impl core::fmt::Display for Cidr {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match *self {
            Self::V4(network, length) => write!(f, "{}/{length}", Ipv4Addr::from(network)),
            Self::V6(network, length) => write!(f, "{}/{length}", Ipv6Addr::from(network)),
        }
    }
}

/// One to three digits and nothing else: `u8::from_str` would take a `+` too.
fn prefix_length(text: &str) -> Result<u8, CidrError> {
    if text.is_empty() || text.len() > 3 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(CidrError::Form);
    }
    text.parse().map_err(|_| CidrError::Length)
}

fn checked(length: u8, widest: u8, longest: u8) -> Result<(), CidrError> {
    if length > longest {
        Err(CidrError::Length)
    } else if length < widest {
        Err(CidrError::Wide)
    } else {
        Ok(())
    }
}

/// The bits of the network part. `length` is at most 32.
fn mask32(length: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0)
}

/// The bits of the network part. `length` is at most 128.
fn mask128(length: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks() {
        for (text, shown) in [
            ("66.249.88.0/24", "66.249.88.0/24"),
            ("66.249.88.77/24", "66.249.88.0/24"),
            ("1.2.3.4", "1.2.3.4/32"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("2001:4860:4801:2008::/64", "2001:4860:4801:2008::/64"),
            ("2001:db8::ffff", "2001:db8::ffff/128"),
            ("2a06:98c0::1/29", "2a06:98c0::/29"),
        ] {
            assert_eq!(Cidr::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn no_blocks() {
        use CidrError::{Form, Length, Wide};
        for (text, error) in [
            ("", Form),
            ("/24", Form),
            ("1.2.3", Form),
            ("1.2.3.4/", Form),
            ("1.2.3.4/+8", Form),
            ("1.2.3.4/2x", Form),
            ("1.2.3.4/24/24", Form),
            (" 1.2.3.4", Form),
            ("256.1.1.1/24", Form),
            ("1.2.3.4/33", Length),
            ("1.2.3.4/999", Length),
            ("::/129", Length),
            ("0.0.0.0/0", Wide),
            ("8.0.0.0/7", Wide),
            ("::/0", Wide),
            ("2000::/3", Wide),
        ] {
            assert_eq!(Cidr::parse(text), Err(error), "{text:?}");
        }
    }
}
