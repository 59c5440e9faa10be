//! Words by which software names itself: robots, link previews, monitors, scanners and HTTP libraries.
//!
//! Families and shapes rather than names of single robots: a name that is new tomorrow has most likely one of these
//! words in it, an address of a home page, or no trace of a browser at all. Tuned so that of labelled robots more than
//! nine in ten are found while browsers, whose device names hold any word, are left alone. Words stand in lower case, with
//! `|` between them.

/// Robots' words, in any agent.
pub(super) const ANYWHERE: &[&str] = &[
    // Crawlers, archives and what feeds on feeds.
    "crawl|spider|scrape|scraping|slurp|archiv|heritrix|httrack|nutch|teoma|yahooseek|yahoo!|indexer|\
     searchengine|fetcher|harvest|extractor|feedbin|feedburner|feedly|feedspot|feedparser|feed-id|feeder.co|\
     subscriber|newsblur|newsgator|netnewswire|theoldreader|rss reader|rssreader|rssowl|quiterss|tiny tiny rss|\
     blogtrottr|superfeedr|simplepie|wordpress|sitemap|sitesucker|wget",
    // Companies whose names stand in many robots' agents.
    "google-|-google/|googleother|google search|google page|googleagent|mediapartners|appengine|cloudflare-|\
     dataprovider|datanyze|netcraft|semrush|majestic|qwantify|daumoa|hubspot|adbeat|anthropic|claude-|chatgpt|\
     openai|perplexity|cohere-ai",
    // Link previews and pictures of pages.
    "externalhit|externalagent|externalfetch|externalads|facebookcatalog|embedly|unfurl|linkexpanding|\
     linkpreview|link preview|link-preview|favicon|thumbnail|screenshot|webcapture|pageburst",
    // Monitors, tests of speed and of quality.
    "monitor|uptime|pingdom|statuscake|site24x7|catchpoint|gomezagent|thousandeyes|dejaclick|newrelic|datadog|\
     dynatrace|ruxit|yottaa|; rigor|appinsights|splunk|nagios|prometheus|synthetic|lighthouse|pagespeed|ptst/|\
     checker|linkcheck|link check|linktiger|linkwalk|validator|verifier|analyzer|analyser|analytics|inspector|\
     detector|classifier|optimizer|siteimprove|siteaudit|site audit|research|xenu|hotjar|onetrust|wappalyzer|\
     whatcms|resolver|transcoder",
    // Attackers' tools.
    "jndi:|nikto|nessus|openvas|nuclei|sqlmap|zgrab|masscan|censys|shodan|nmap",
    // Browsers that a program drives.
    "headless|phantomjs|slimerjs|jsdom|selenium|puppeteer|playwright|webdriver|automation|functionize",
    // Libraries.
    "http-client|httpclient|http_client|http client|httpunit|python|urllib|libcurl|pycurl|curl/|guzzle|axios|\
     node-fetch|restsharp|rest-client|winhttp|wininet|aiohttp|imgproxy|webhook",
    // Scanners of mail beyond those with a name of their own, and discovery that Office does by itself.
    "virusscan|antivirus|safebrowsing|sandbox|scan/|phish|existence discovery|protocol discovery",
    // An address to write to instead of a home page.
    "[at]|(at)",
];

/// Libraries' and robots' words, where the agent has not the shape of a browser.
pub(super) const BARE: &[&str] =
    &["libwww|lwp|okhttp|java/|java-|java1|ruby|perl|php|go-|lua-|dart/|grpc|ahc/|fetch|scan|search|feed|rss|check|\
     index|agent|probe|collector|test|ping|seo|audit|security|worker|bridge|gateway|hook|cli/|api|library|undici|\
     colly|scalaj|faraday|mechanize|unirest|postman|hackney|typhoeus|aria2|download|azure|elb-|kube|health|\
     zapier|ifttt|brandwatch|whatsapp|discord|skypeuri|exchange/|htmlparser|copier|sniff|parser|capture|preview|\
     convert|render|robot|imageproxy|proxy/"];

/// Scanners, gateways and link previews that say who they are: sign, name to show, whether that alone is enough for high
/// confidence. Of those with `false` no log is known, or the word may stand in a person's browser too.
pub(super) const SCANNERS: &[(&str, &str, bool)] = &[
    ("barracuda", "Barracuda", true),
    ("google-safety", "Google Safe Browsing", true),
    ("virustotal", "VirusTotal", true),
    ("kaspersky lab", "Kaspersky", true),
    ("proofpoint", "Proofpoint", true),
    ("mimecast", "Mimecast", true),
    ("ciscosecureemail", "Cisco", true),
    ("ironport", "Cisco", true),
    ("fireeye", "Trellix", true),
    ("forcepoint", "Forcepoint", true),
    ("messagelabs", "Symantec", false),
    ("symantec", "Symantec", false),
    ("sophos", "Sophos", false),
    ("fortinet", "Fortinet", false),
    ("fortiguard", "Fortinet", false),
    ("trend micro", "Trend Micro", false),
    ("trendmicro", "Trend Micro", false),
    ("zscaler", "Zscaler", false),
    ("safelinks", "Microsoft", true),
    ("urlscan", "urlscan.io", true),
    ("facebookexternalhit", "Facebook", true),
    ("slackbot", "Slack", true),
    ("skypeuripreview", "Skype", true),
    ("linkedinbot", "LinkedIn", true),
    ("twitterbot", "X", true),
    ("telegrambot", "Telegram", true),
    ("discordbot", "Discord", true),
    ("hubspot connect", "HubSpot", false),
    ("microsoft exchange/", "Microsoft Exchange", false),
];

/// Words of systems and devices: an agent without any of them, and without a browser's name, is no browser.
pub(super) const PLATFORMS: &[&str] =
    &["windows|win32|win9|win 9|macintosh|mac os|macos|darwin|cfnetwork|iphone|ipad|ipod|ios/|ios |tvos|watchos|\
     x11|linux|bsd|sunos|solaris|irix|hp-ux|aix|vms|cros |haiku|beos|amiga|morphos|aros|os/2|dos|risc os|plan 9|\
     inferno|android|dalvik|kindle|silk|symb|series|midp|cldc|j2me|brew|palm|webos|tizen|kaios|bada|maemo|meego|\
     blackberry|playbook|iemobile|hbbtv|netcast|smart-tv|smarttv|roku|kreatv|playstation|psp|nintendo|xbox|\
     dreamcast|wap|up.browser|netfront|obigo|teleca|openwave|browser|cellphone|profile/|docomo|kddi|softbank|\
     vodafone|j-phone|nokia|sonyericsson|samsung|motorola|huawei|alcatel|panasonic|philips|pantech|sagem|sharp|\
     htc|zte|lge|lg-|lg/|mot-|sec-|sie-|lenovo|xiaomi|oppo|oneplus|lumia|mtk|mocor|threadx|bb10|qnx|fuchsia|syllable|\
     serenity|nook|kobo|tolino|pocketbook|webtv|viera|bravia|ce-html|netrange|dunehd|dreambox|tesla/|hiptop"];

/// Names of browsers and of their engines.
pub(super) const BROWSERS: &[&str] =
    &["firefox|chrome|chromium|safari|edge/|opera|opr/|konqueror|netscape|seamonkey|bonecho|iceweasel|icecat|\
     palemoon|k-meleon|epiphany|galeon|camino|omniweb|midori|falkon|otter|qutebrowser|vivaldi|dillo|netsurf|\
     links|lynx|w3m|mosaic|arachne|xiino|ninetails|uzbl|amaya|mozacfetch|googleapp/|googleearth|webkit|gecko|\
     khtml|presto|trident|msie|internet explorer|firebird|minefield|iceape|swiftfox|waterfox|basilisk|conkeror|\
     kazehakase|sleipnir|lunascape|maxthon|icab|netpositive|hotjava|voyager|ibrowse|ucweb|polaris/|skyfire|puffin|\
     ecosia|brave/|dooble|arora|rekonq|qupzilla|offbyone|galio|palmscape|blazer|avantgo|jasmine"];

/// Engines: with `Mozilla/` or `Opera/` before them an agent has the shape of a browser.
pub(super) const ENGINES: &[&str] = &["applewebkit", "gecko/", "presto/", "trident/", "msie "];

/// Devices and browsers that do not begin with `Mozilla/`, in whose agents [`BARE`] words mean nothing.
pub(super) const DEVICES: &[&str] =
    &["midp|cldc|dalvik|cfnetwork|browser|hbbtv|opera|mosaic|windows phone|android|iphone|ios |playstation|links|\
     lynx|amiga|amaya|googleearth|webkit|safari|mozacfetch"];
