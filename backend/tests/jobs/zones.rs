//! Zones that are none any more, or whose rules changed.

use waxwing_protocol::api::{Schedule, ScheduledState, When, Why};

use crate::node::{DAY, HOUR, START, World, once};
use crate::server::Server;

fn wall(wall: &str, zone: &str) -> Schedule {
    let mut schedule = once(0);
    schedule.when = When::At { wall: wall.to_owned(), zone: zone.to_owned() };
    schedule
}

#[test]
fn times_are_resolved_anew_by_the_rules_of_today() {
    let (world, node) = World::new(Server::gmail());
    // Written when Oslo was thought to be two hours east of UTC in December.
    let right = START + 10 * DAY + 2 * HOUR;
    let schedule = wall("2026-12-02T11:00:00", "Europe/Oslo");
    let id = world.schedule(&node, world.server.letter("Hello"), schedule, right - HOUR);
    let as_it_is = world.schedule(&node, world.server.letter("Other"), wall("2026-12-02T11:00:00", "Europe/Oslo"), right);
    let gone = world.schedule(&node, world.server.letter("Gone"), wall("2026-12-02T11:00:00", "Mars/Olympus"), right);
    node.stop();
    // At the next start.
    let node = world.start();
    node.until_lines(id, "rescheduled", "zone_changed", 1);
    assert_eq!(node.mail(id).due_at, Some(right));
    node.until_held(gone, Why::ZoneUnknown);
    assert_eq!(node.flight(as_it_is), ["scheduled for"]);
    world.set(right, &[&node]);
    node.until(id, ScheduledState::Sent);
    node.until(as_it_is, ScheduledState::Sent);
}
