//! The numbers of the running backend, judged: what is full, late, turned away or lost.

use super::super::Context;
use super::super::metrics::TokenArgs;
use super::remote::client;
use super::{Finding, Mark};
use crate::metrics::read::{MOST, Samples};
use crate::store::{Store, settings};

/// Hits in the log that are not in the database yet: more than this take it minutes.
const BACKLOG: f64 = 100_000.0;
/// Work that nobody has begun for so long is stuck, in seconds.
const STUCK: f64 = 120.0;
/// From this part on something is nearly full.
const NEARLY: f64 = 0.8;
/// One in so many may be late.
const LATE: f64 = 100.0;

/// What there is to say. Nothing when no numbers are served.
pub(super) async fn metrics(store: &Store, context: &Context, args: &TokenArgs) -> Option<Finding> {
    const NAME: &str = "metrics";
    let url = match store.setting(settings::METRICS_URL).await {
        Ok(url) => url.filter(|url| !url.is_empty())?,
        Err(error) => return Some(Finding::fail(NAME, error.to_string())),
    };
    let token = match args.checked(context) {
        Ok(token) => token,
        Err(error) => return Some(Finding::fail(NAME, error.to_string())),
    };
    let page = match fetch(&url, token.as_ref().map(|token| token.reveal().as_str())).await {
        Ok(page) => page,
        Err(why) => return Some(Finding::fail(NAME, format!("{url}: {why}"))),
    };
    let Some(samples) = Samples::parse(&page).filter(|samples| samples.has("waxwing_build")) else {
        return Some(Finding::fail(NAME, format!("{url}: what answers there is not Waxwing's numbers")));
    };
    let found = judge(&samples);
    let mark = found.iter().map(|(mark, _)| *mark).max().unwrap_or(Mark::Ok);
    let text = if found.is_empty() {
        let stored = samples.sum("waxwing_hits_total", &["outcome=\"stored\""]);
        format!("nothing is full, late or lost; {stored} hits stored since it started")
    } else {
        found.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("; ")
    };
    Some(Finding { mark, name: NAME, text })
}

/// What is wrong, if anything.
fn judge(samples: &Samples) -> Vec<(Mark, String)> {
    let all = |name| samples.sum(name, &[]);
    let mut found = Vec::new();
    let mut say = |mark, text| found.push((mark, text));
    if all("waxwing_database_up") < 1.0 {
        say(Mark::Fail, "it cannot read its database".to_owned());
    }
    let (waiting, most) = (all("waxwing_hits_waiting"), all("waxwing_hits_waiting_most"));
    if most > 0.0 && waiting >= most * NEARLY {
        say(Mark::Fail, format!("{waiting} hits wait for the disk, of {most} that may: it is too slow"));
    }
    let lost = samples.sum("waxwing_hits_total", &["outcome=\"not_stored\""]);
    if lost > 0.0 {
        say(Mark::Warn, format!("{lost} hits could not be stored since it started: see its log"));
    }
    let backlog = all("waxwing_log_hits");
    if backlog > BACKLOG {
        say(Mark::Warn, format!("{backlog} hits are in the log and not in the database yet"));
    }
    if all("waxwing_log_set_aside_total") > 0.0 {
        say(Mark::Warn, "a part of the log of hits was damaged and set aside".to_owned());
    }
    for (of, what) in [("of=\"scheduled\"", "scheduled mails"), ("of=\"reminders\"", "reminders")] {
        let overdue = samples.sum("waxwing_overdue_seconds", &[of]);
        if overdue > STUCK {
            say(Mark::Fail, format!("{what} have been due for {overdue:.0} s and nobody has begun them"));
        }
        let begun = samples.sum("waxwing_lateness_seconds_count", &[of]);
        let in_time = samples.sum("waxwing_lateness_seconds_bucket", &[of, "le=\"60.0\""]);
        if begun - in_time > begun / LATE {
            say(Mark::Warn, format!("{:.0} of {begun:.0} {what} were begun more than a minute late", begun - in_time));
        }
    }
    let (open, most) = (all("waxwing_connections"), all("waxwing_connections_most"));
    if most > 0.0 && open >= most * NEARLY {
        say(Mark::Warn, format!("{open} connections are open, of {most} that may be"));
    }
    found
}

async fn fetch(url: &str, token: Option<&str>) -> Result<String, String> {
    let mut request = client()?.get(url);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let mut answer = request.send().await.map_err(|error| {
        if error.is_connect() {
            "nothing answers there: does `waxwing serve` run?".to_owned()
        } else {
            error.without_url().to_string()
        }
    })?;
    match answer.status().as_u16() {
        200 => {}
        401 => return Err("it wants another token: set WAXWING_METRICS_TOKEN as the service has it".to_owned()),
        other => return Err(format!("it answers {other}")),
    }
    let mut page = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| error.without_url().to_string())? {
        page.extend_from_slice(&chunk);
        if page.len() > MOST {
            return Err("what answers there is too long to be numbers".to_owned());
        }
    }
    String::from_utf8(page).map_err(|_| "what answers there is no text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words for a page of these samples.
    fn said(samples: &str) -> Vec<(Mark, String)> {
        judge(&Samples::parse(&format!("waxwing_database_up 1\n{samples}# EOF\n")).unwrap())
    }

    #[test]
    fn what_is_wrong_is_said_and_nothing_else() {
        assert!(
            said(
                "waxwing_hits_waiting 3\nwaxwing_hits_waiting_most 8192\nwaxwing_connections 9\nwaxwing_connections_most 8192\n"
            )
            .is_empty()
        );
        for (samples, mark, says) in [
            ("waxwing_hits_waiting 8000\nwaxwing_hits_waiting_most 8192\n", Mark::Fail, "8000 hits wait"),
            ("waxwing_hits_total{kind=\"open\",outcome=\"not_stored\"} 2\n", Mark::Warn, "2 hits could not be stored"),
            ("waxwing_log_hits 100001\n", Mark::Warn, "100001 hits are in the log"),
            ("waxwing_log_set_aside_total 1\n", Mark::Warn, "damaged and set aside"),
            ("waxwing_overdue_seconds{of=\"scheduled\"} 121.5\n", Mark::Fail, "scheduled mails have been due for 12"),
            (
                "waxwing_lateness_seconds_bucket{of=\"reminders\",le=\"60.0\"} 97\nwaxwing_lateness_seconds_count{of=\"reminders\"} 100\n",
                Mark::Warn,
                "3 of 100 reminders",
            ),
            ("waxwing_connections 8000\nwaxwing_connections_most 8192\n", Mark::Warn, "8000 connections"),
        ] {
            let [(found, text)] = said(samples).try_into().unwrap();
            assert_eq!(found, mark, "{text}");
            assert!(text.contains(says), "{text}");
        }
        let one_late = "waxwing_lateness_seconds_bucket{of=\"reminders\",le=\"60.0\"} 199\nwaxwing_lateness_seconds_count{of=\"reminders\"} 200\n";
        assert!(said(one_late).is_empty(), "one in a hundred may be late");
        assert_eq!(judge(&Samples::parse("# EOF\n").unwrap())[0].0, Mark::Fail, "a database that is not said to be there");
    }
}
