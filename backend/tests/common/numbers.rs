//! Numbers for tests that kill: a small generator that gives the same ones on every run, and how many times.

/// Begins where its number says.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// How many kills, and of what: the first number, and with `WAXWING_LONG` the second.
pub(crate) fn short_or_long<T>((short, long): (T, T)) -> T {
    if std::env::var_os("WAXWING_LONG").is_some() { long } else { short }
}
