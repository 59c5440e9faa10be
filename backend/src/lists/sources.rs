//! Where the owners of networks publish them.

use waxwing_domain::verdict::lists::Set;

/// What is found at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON in which every block is a string of its own, or lines whose first field is a block. Which of the two is seen by
    /// looking.
    Blocks,
    /// A page with a link to the file, whose address changes every week.
    MicrosoftPage,
}

/// A set and where its parts are; all parts together are the set.
#[derive(Debug, Clone)]
pub struct Source {
    /// Which set it fills.
    pub set: &'static Set,
    /// Address and form of each part.
    pub parts: Vec<(String, Form)>,
}

/// The addresses, as of 2026-11. All are public and need no account.
const PUBLISHED: &[(&str, &[(&str, Form)])] = &[
    ("apple-proxy", &[("https://mask-api.icloud.com/egress-ip-ranges.csv", Form::Blocks)]),
    (
        "google-user-triggered",
        &[("https://developers.google.com/static/crawling/ipranges/user-triggered-fetchers-google.json", Form::Blocks)],
    ),
    (
        "google-special-crawlers",
        &[("https://developers.google.com/static/crawling/ipranges/special-crawlers.json", Form::Blocks)],
    ),
    ("google", &[("https://www.gstatic.com/ipranges/goog.json", Form::Blocks)]),
    ("amazon", &[("https://ip-ranges.amazonaws.com/ip-ranges.json", Form::Blocks)]),
    (
        "microsoft",
        &[
            ("https://www.microsoft.com/en-us/download/details.aspx?id=56519", Form::MicrosoftPage),
            (
                "https://endpoints.office.com/endpoints/worldwide?clientrequestid=b10c5ed1-bad1-445f-b386-b919946339a7",
                Form::Blocks,
            ),
        ],
    ),
    ("cloudflare", &[("https://www.cloudflare.com/ips-v4", Form::Blocks), ("https://www.cloudflare.com/ips-v6", Form::Blocks)]),
    ("digitalocean", &[("https://digitalocean.com/geo/google.csv", Form::Blocks)]),
    ("linode", &[("https://geoip.linode.com/", Form::Blocks)]),
    ("vultr", &[("https://geofeed.constant.com/?text", Form::Blocks)]),
    ("oracle", &[("https://docs.oracle.com/en-us/iaas/tools/public_ip_ranges.json", Form::Blocks)]),
];

/// Every source.
pub fn published() -> Vec<Source> {
    PUBLISHED
        .iter()
        .filter_map(|(name, parts)| {
            let parts = parts.iter().map(|(url, form)| ((*url).to_owned(), *form)).collect();
            Some(Source { set: Set::named(name)?, parts })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_fills_a_known_set() {
        assert_eq!(published().len(), PUBLISHED.len());
        for source in published() {
            assert!(source.parts.iter().all(|(url, _)| url.starts_with("https://")), "{}", source.set.name);
        }
    }
}
