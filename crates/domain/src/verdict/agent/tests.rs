use super::*;

const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36";

fn of(text: &str) -> Agent {
    Agent::of(text.as_bytes())
}

#[test]
fn mail_comes_first() {
    for (text, agent) in [
        ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", Agent::GmailProxy),
        ("MOZILLA/5.0 (VIA GGPHT.COM)", Agent::GmailProxy),
        ("Mozilla/5.0", Agent::ApplePrivate),
        (" Mozilla/5.0 ", Agent::ApplePrivate),
        ("", Agent::Empty),
        (" \t", Agent::Empty),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)", Agent::BareWebKit),
        (CHROME, Agent::Browser),
        ("Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.1; Trident/6.0)", Agent::Impossible),
    ] {
        assert_eq!(of(text), agent, "{text:?}");
    }
    let prefetch = CHROME.replace("146.0.0.0", "42.0.2311.135") + " Edge/12.246 Mozilla/5.0";
    assert_eq!(of(&prefetch), Agent::GmailPrefetch);
    assert_eq!(of(&(prefetch + " x")), Agent::Browser, "the whole agent is compared");
    assert_eq!(of(&format!("{CHROME} FastmailUA/1.0")), Agent::MailProxy { name: "Fastmail", confidence: Confidence::High });
    assert_eq!(of("hey.com/imageproxy Mozilla/5.0"), Agent::MailProxy { name: "HEY", confidence: Confidence::Medium });
}

#[test]
fn programs_and_software() {
    let program = |text: &str| matches!(of(text), Agent::MailProgram(program) if !program.name.is_empty());
    for text in [
        "Outlook-iOS/709.1.prod.iphone (3.24.0)",
        "The Bat! 4.0.0.22",
        "Superhuman",
        "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    ] {
        assert!(program(text), "{text}");
    }
    for text in [
        "curl/8.5.0",
        "python-requests/2.31.0",
        "AHC/2.1",
        "Go-http-client/1.1",
        "okhttp/4.9.0",
        "Hydrozen.io/1.0",
        "Zeno",
        "Mozilla/5.0 (compatible; Name/1.0; +https://x.example/)",
        "Mozilla/5.0 (HeadOnly)",
        "Microsoft Office Existence Discovery",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko; compatible; Name) Chrome/1 Safari/537.36",
    ] {
        assert!(of(text).is_software(), "{text}");
    }
    assert_eq!(of("Barracuda Sentinel (EE)"), Agent::Software { name: "Barracuda", confidence: Confidence::High });
    assert_eq!(of("HubSpot Connect"), Agent::Software { name: "HubSpot", confidence: Confidence::Medium });
}

#[test]
fn browsers_are_left_alone() {
    for text in [
        "Mozilla/5.0 (Linux; Android 13; Cubot X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 8.1.0; GO1006) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/75.0 Mobile Safari/537.36",
        "Nokia201/2.0 (11.21) Profile/MIDP-2.1 Configuration/CLDC-1.1 Mozilla/5.0 (Java; U; en-us; nokia201) UCBrowser8.3.0.154/70",
        "Mozilla/5.0 (Linux; Android 11; FP4) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/101.0 Mobile Safari/537.36 (Ecosia android@101.0.4951.41)",
        "w3m/0.52",
        "Dillo/3.0",
    ] {
        assert!(matches!(of(text), Agent::Browser | Agent::Other), "{text}: {:?}", of(text));
    }
}

#[test]
fn any_bytes_will_do() {
    let long = vec![b'A'; 65_536];
    assert!(matches!(Agent::of(&long), Agent::Software { confidence: Confidence::Medium, .. }));
    for bytes in [&b"\xff\xfe\xff"[..], b"\0\0\0", b"bo", b"b", b".", b"@.", b"((((", b"like gecko;", &[0x80; 4096]] {
        let _ = Agent::of(bytes);
        let _ = Client::of(bytes);
    }
    let mut late = vec![b' '; 3000];
    late.extend_from_slice(b"Googlebot");
    assert_eq!(Agent::of(&late), Agent::Empty, "only the beginning is looked at");
}
