//! Networks of those who scan mail, as facts with a date.
//!
//! *Certain* networks hold no reader: whatever comes from there is a scanner. In *probable* ones the vendor also runs
//! browsers for people (browser isolation), so the time after sending has to say it too. Exchange Online's own ranges
//! are left out on purpose: Outlook on the web fetches pictures from them.

/// One vendor's networks.
pub(super) struct Vendor {
    /// As the vendor is called in front of people.
    pub(super) name: &'static str,
    /// Blocks, separated by spaces.
    pub(super) blocks: &'static str,
}

/// Networks without readers, as of 2026-09. Microsoft: endpoint sets 9 and 10 of Microsoft 365 (mail filter, Defender).
/// Barracuda: the ranges it publishes for Email Gateway Defense.
pub(super) const CERTAIN: &[Vendor] = &[
    Vendor {
        name: "Microsoft",
        blocks: "40.92.0.0/15 40.107.0.0/16 52.100.0.0/14 52.238.78.88/32 104.47.0.0/17 2a01:111:f400::/48 2a01:111:f403::/48",
    },
    Vendor {
        name: "Barracuda",
        blocks: "3.24.133.128/25 15.222.16.128/25 35.157.190.224/27 18.185.115.192/26 18.184.203.224/27 13.200.136.128/25 \
        35.176.92.96/27 18.133.136.128/26 18.133.136.96/27 209.222.82.0/24",
    },
];

/// Networks where a person may sit behind the vendor's browser, as of 2026-09: what the autonomous systems of the
/// vendors announce (numbers in [`ASNS`]), IPv4.
pub(super) const PROBABLE: &[Vendor] = &[
    Vendor {
        name: "Proofpoint",
        blocks: "148.163.132.0/22 148.163.136.0/21 148.163.144.0/21 148.163.152.0/22 148.163.156.0/22 205.220.160.0/20 \
        205.220.176.0/21 205.220.184.0/22 205.220.190.0/23 208.56.0.0/24 208.56.4.0/23 208.56.6.0/24 208.56.8.0/21 \
        208.56.16.0/23 208.56.60.0/22 208.83.137.0/24 208.83.139.0/24 208.84.64.0/22 208.86.200.0/22 66.159.224.0/22 \
        66.159.228.0/24 66.159.232.0/21 66.159.240.0/20 67.231.144.0/20 143.55.144.0/22 143.55.148.0/23 \
        143.55.150.0/24 185.132.180.0/22 185.169.148.0/24 185.183.28.0/22 91.207.212.0/23 91.209.104.0/24",
    },
    Vendor {
        name: "Mimecast",
        blocks: "170.10.128.0/22 170.10.132.0/23 170.10.140.0/22 170.10.150.0/23 170.10.152.0/23 170.10.156.0/23 \
        205.139.110.0/23 207.211.30.0/23 216.145.218.0/23 216.145.222.0/24 216.205.24.0/24 63.128.21.0/24 \
        41.74.203.0/24 147.28.34.0/23 194.104.108.0/22 51.163.158.0/23 62.140.7.0/24 62.140.10.0/24 185.58.84.0/22 \
        193.7.204.0/22 195.130.217.0/24 207.82.80.0/24 216.35.243.0/24 216.35.244.0/24 91.220.42.0/24 213.167.75.0/24 \
        213.167.81.0/24",
    },
    Vendor { name: "Cisco", blocks: "68.232.128.0/19" },
];

/// Autonomous systems of those vendors, for callers that know the number: owner as an index into [`PROBABLE`].
pub(super) const ASNS: &[(u32, usize)] =
    &[(22_843, 0), (26_211, 0), (52_129, 0), (30_031, 1), (39_588, 1), (42_427, 1), (60_492, 1), (16_417, 2)];

/// Autonomous systems of companies that rent out computers: data centres, and no more is known of who sits there.
pub(super) const CLOUD_ASNS: &[(u32, &str)] = &[
    (8_075, "Microsoft"),
    (8_074, "Microsoft"),
    (8_068, "Microsoft"),
    (8_069, "Microsoft"),
    (3_598, "Microsoft"),
    (12_076, "Microsoft"),
    (15_169, "Google"),
    (396_982, "Google"),
    (16_509, "Amazon"),
    (14_618, "Amazon"),
    (14_061, "DigitalOcean"),
    (63_949, "Akamai"),
    (20_473, "Vultr"),
    (31_898, "Oracle"),
    (24_940, "Hetzner"),
    (16_276, "OVH"),
    (13_335, "Cloudflare"),
    (45_102, "Alibaba"),
    (132_203, "Tencent"),
];
