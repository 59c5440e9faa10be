//! The daily limit spreads mails over days, in their order, and says so.

use waxwing_protocol::api::{ScheduledState, Why};

use crate::node::{DAY, HOUR, MINUTE, START, World, account, once, wait};
use crate::server::Server;

#[test]
fn what_is_over_the_limit_goes_a_day_later_in_its_order() {
    let (world, node) = World::new(Server::gmail());
    node.block(node.app.store.set_daily_limit(account(), world.mailbox, 4, START)).unwrap();
    // Two in the morning, eight an hour later: two of those fit.
    let mut ids = Vec::new();
    for n in 0..10 {
        let at = if n < 2 { START } else { START + HOUR + n };
        ids.push(world.at(&node, world.server.letter(&format!("n{n}")), at));
    }
    for id in &ids[..2] {
        node.until(*id, ScheduledState::Sent);
    }
    world.advance(HOUR + 10, &[&node]);
    for id in &ids[2..4] {
        node.until(*id, ScheduledState::Sent);
    }
    let moved: Vec<_> = ids[4..]
        .iter()
        .map(|id| {
            let mail = wait(|| node.mail(*id), |mail| mail.why == Some(Why::DailyLimit));
            assert_eq!(mail.state, ScheduledState::Scheduled);
            mail.due_at.unwrap()
        })
        .collect();
    let sent = START + HOUR + 10;
    assert_eq!(moved[..2], [START + DAY, START + DAY]);
    // The places of those that were under way just then are free a day later too; then it begins anew.
    assert!(moved[2..4].iter().all(|at| (sent + DAY..sent + DAY + MINUTE).contains(at)), "{moved:?}");
    assert_eq!(moved[4..], [START + 2 * DAY, START + 2 * DAY]);
    let line = node.detail(ids[4]).flight.pop().unwrap();
    assert_eq!((line.say.as_deref(), line.with["limit"].as_str()), (Some("flight_say_daily_limit"), "4"));
    // They are on time by their new time.
    for (day, range) in [(1, 4..6), (1, 6..8), (2, 8..10)] {
        let at = if range.start == 6 { sent } else { START };
        world.set(at + day * DAY + MINUTE, &[&node]);
        for id in &ids[range] {
            node.until(*id, ScheduledState::Sent);
        }
    }
    assert_eq!(world.server.taken().len(), 10);
    assert!(node.told().is_empty());
}

#[test]
fn a_burst_over_two_backends_stays_below_the_limit() {
    let (world, node) = World::new(Server::gmail());
    let other = world.start();
    node.block(node.app.store.set_daily_limit(account(), world.mailbox, 30, START)).unwrap();
    let ids: Vec<_> = (0..100)
        .map(|n| {
            let mut schedule = once(START + HOUR);
            schedule.late.minutes = 600;
            world.schedule(&node, world.server.letter(&format!("n{n}")), schedule, START + HOUR)
        })
        .collect();
    world.advance(HOUR, &[&node, &other]);
    wait(|| ids.iter().filter(|id| node.mail(**id).why == Some(Why::DailyLimit)).count(), |moved| *moved == 70);
    wait(|| world.server.taken().len(), |taken| *taken == 30);
}
