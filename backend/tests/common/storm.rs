//! Backends that are killed at random moments, and answers that are lost in between.

use std::thread;
use std::time::Duration;

use crate::numbers::Numbers;
use crate::server::Fault;
use crate::times::SECOND;
use crate::world::{Node, World};

/// Kills so many, and gives the one that comes after them.
pub(crate) fn storm(world: &World, mut node: Node, kills: usize, numbers: &mut Numbers) -> Node {
    for _ in 0..kills {
        match numbers.below(3) {
            0 => world.server.order(Fault::AnswerLost),
            1 => world.server.order(Fault::RequestLost),
            _ => {}
        }
        thread::sleep(Duration::from_millis(20 + numbers.below(80)));
        world.advance(SECOND, &[&node]);
        node.kill();
        node = world.start();
    }
    node
}
