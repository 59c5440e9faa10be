//! SVG text, put together piece by piece. Lengths are whole tenths of a unit: those are the same on every machine.

/// A length, printed with its one decimal.
#[derive(Clone, Copy)]
pub(super) struct Tenths(pub(super) u64);

impl core::fmt::Display for Tenths {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 % 10 {
            0 => write!(f, "{}", self.0 / 10),
            tenth => write!(f, "{}.{tenth}", self.0 / 10),
        }
    }
}

/// An SVG element that is not finished yet.
pub(super) struct Svg(String);

impl Svg {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    /// Markup of ours.
    pub(super) fn raw(&mut self, markup: &str) {
        self.0.push_str(markup);
    }

    /// Text of others: escaped, and without what XML 1.0 cannot hold.
    pub(super) fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.raw("&amp;"),
                '<' => self.raw("&lt;"),
                '>' => self.raw("&gt;"),
                '"' => self.raw("&quot;"),
                '\'' => self.raw("&#39;"),
                '\t' | '\n' | '\r' => self.raw(" "),
                c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
                c => self.0.push(c),
            }
        }
    }

    /// A rectangle: left, top, width, height.
    pub(super) fn rect(&mut self, class: &str, at: [u64; 4]) {
        self.a_rect(class, "", at);
    }

    /// What [`Svg::hatched`] is filled with.
    pub(super) fn hatch(&mut self, id: &str) {
        self.raw(&format!(
            r#"<defs><pattern id="{id}-h" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="c-maybe" width="1.4" height="4"/></pattern></defs>"#
        ));
    }

    /// A hatched rectangle: left, top, width, height. Its outline is 1 wide and stays inside, where there is room for it.
    pub(super) fn hatched(&mut self, id: &str, [x, y, width, height]: [u64; 4]) {
        let (dx, dy) = (if width > 20 { 5 } else { 0 }, if height > 20 { 5 } else { 0 });
        self.a_rect("c-poss", &format!(r#" fill="url(#{id}-h)""#), [x + dx, y + dy, width - 2 * dx, height - 2 * dy]);
    }

    /// A diamond, 6 wide and high: the middle of its top.
    pub(super) fn diamond(&mut self, x: u64, y: u64) {
        self.raw(&format!(r#"<path class="c-ans" d="M{} {}l3 3-3 3-3-3Z"/>"#, Tenths(x), Tenths(y)));
    }

    /// The finished element.
    pub(super) fn end(mut self) -> String {
        self.raw("</svg>");
        self.0
    }

    fn a_rect(&mut self, class: &str, more: &str, [x, y, width, height]: [u64; 4]) {
        let [x, y, width, height] = [x, y, width, height].map(Tenths);
        let corner = if more.is_empty() { r#" rx="1""# } else { "" };
        self.raw(&format!(r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}"{corner}{more}/>"#));
    }
}
