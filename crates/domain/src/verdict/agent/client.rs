//! Which browser on which system an agent belongs to, coarsely: enough to tell whether two hits can be of one device.

/// A family of browsers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Family {
    /// Chrome and what is built on it, but for the next two.
    Chromium,
    /// Microsoft's.
    Edge,
    /// Opera and its like.
    Opera,
    /// Firefox and what is built on it.
    Firefox,
    /// Safari, and its engine in apps.
    Safari,
    /// None of these.
    Other,
}

/// A system.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum System {
    /// Windows.
    Windows,
    /// macOS.
    Mac,
    /// iOS and iPadOS.
    Ios,
    /// Android.
    Android,
    /// `ChromeOS`.
    ChromeOs,
    /// Linux and BSD.
    Linux,
    /// None of these.
    Other,
}

/// Browser and system.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Client {
    /// The browser.
    pub family: Family,
    /// The system.
    pub system: System,
}

impl Client {
    /// Reads browser and system from an agent.
    pub fn of(agent: &[u8]) -> Self {
        let lower = agent[..agent.len().min(super::LOOKED_AT)].to_ascii_lowercase();
        let has = |word: &str| super::mail::contains(&lower, word);
        // Edge and Opera call themselves Chrome too, Chrome calls itself Safari.
        let family = if has("edg/") || has("edga/") || has("edgios/") || has("edge/") {
            Family::Edge
        } else if has("opr/") || has("opera") {
            Family::Opera
        } else if has("firefox/") || has("fxios/") {
            Family::Firefox
        } else if has("chrome/") || has("crios/") || has("chromium/") {
            Family::Chromium
        } else if has("applewebkit") {
            Family::Safari
        } else {
            Family::Other
        };
        let system = if has("iphone") || has("ipad") || has("ipod") {
            System::Ios
        } else if has("android") {
            System::Android
        } else if has("windows") {
            System::Windows
        } else if has("macintosh") || has("mac os x") {
            System::Mac
        } else if has("cros ") {
            System::ChromeOs
        } else if has("linux") || has("bsd") || has("x11") {
            System::Linux
        } else {
            System::Other
        };
        Self { family, system }
    }

    /// Whether an extension for Chrome can run in it: Chromium's families on a desk.
    pub fn runs_the_extension(self) -> bool {
        matches!(self.family, Family::Chromium | Family::Edge | Family::Opera)
            && !matches!(self.system, System::Ios | System::Android | System::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients() {
        for (agent, family, system) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
                Family::Chromium,
                System::Windows,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Safari/537.36 Edg/140",
                Family::Edge,
                System::Windows,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.6 Mobile/15E148 Safari/604.1",
                Family::Safari,
                System::Ios,
            ),
            ("Mozilla/5.0 (X11; CrOS x86_64) AppleWebKit/537.36 Chrome/140 Safari/537.36", Family::Chromium, System::ChromeOs),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36",
                Family::Chromium,
                System::Android,
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", Family::Firefox, System::Linux),
            ("", Family::Other, System::Other),
        ] {
            assert_eq!(Client::of(agent.as_bytes()), Client { family, system }, "{agent}");
        }
    }
}
