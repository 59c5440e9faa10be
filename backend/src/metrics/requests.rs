//! Numbers of requests: by route template, method and class of status, with their time; and those that were turned away.
//!
//! What must hold: a route is the template it is registered under, and a method one that we know, so that no caller can make up labels.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{Method, StatusCode};

use super::number::{Counter, Histogram, Level, Spread, Unit};

/// A call, in milliseconds.
const TIME: &[u64] = &[1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 120_000];
/// Methods by name; anything else is `other`.
const METHODS: [(Method, &str); 6] = [
    (Method::GET, "GET"),
    (Method::HEAD, "HEAD"),
    (Method::POST, "POST"),
    (Method::PUT, "PUT"),
    (Method::DELETE, "DELETE"),
    (Method::OPTIONS, "OPTIONS"),
];

/// Why somebody was turned away who may come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shed {
    /// 429: too many calls, pairings, connections of mailboxes, or streams.
    TooMany,
    /// 503: the database takes no writes now.
    Store,
    /// 408: it took too long.
    Timeout,
    /// 503: a hit could not be stored.
    Hit,
    /// A connection had to wait until another one ended.
    Connections,
}

/// All reasons with their names.
pub const SHED: [(Shed, &str); 5] = [
    (Shed::TooMany, "too_many"),
    (Shed::Store, "store"),
    (Shed::Timeout, "timeout"),
    (Shed::Hit, "hit_not_stored"),
    (Shed::Connections, "connections"),
];

/// Numbers of requests and connections.
#[derive(Debug, Default)]
pub struct Requests {
    routes: Mutex<BTreeMap<String, Route>>,
    shed: [Counter; SHED.len()],
    /// Open connections.
    pub connections: Level,
    /// How many there may be; more wait to be accepted.
    pub most_connections: Level,
    /// Connections that could not be accepted, for want of file descriptors or memory.
    pub not_accepted: Counter,
}

#[derive(Debug)]
struct Route {
    counts: BTreeMap<(&'static str, &'static str), u64>,
    time: Histogram,
}

/// What there is of one route.
#[derive(Debug)]
pub struct RouteNumbers {
    /// Its template.
    pub route: String,
    /// Method, class of status, and how many.
    pub counts: Vec<(&'static str, &'static str, u64)>,
    /// How long they took.
    pub time: Spread,
}

impl Requests {
    /// A call was answered. `route` is the template, never a path as it came.
    pub fn answered(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let method = METHODS.iter().find(|(known, _)| known == method).map_or("other", |(_, name)| *name);
        let key = (method, class(status));
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        // Known by now but for the first time, so that nothing is allocated.
        if !routes.contains_key(route) {
            routes.insert(route.to_owned(), Route { counts: BTreeMap::new(), time: Histogram::new(Unit::Millis, TIME) });
        }
        if let Some(route) = routes.get_mut(route) {
            *route.counts.entry(key).or_default() += 1;
            route.time.observe_duration(took);
        }
    }

    /// All routes that were called.
    pub fn routes(&self) -> Vec<RouteNumbers> {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |(route, numbers): (&String, &Route)| RouteNumbers {
            route: route.clone(),
            counts: numbers.counts.iter().map(|((method, class), count)| (*method, *class, *count)).collect(),
            time: numbers.time.read(),
        };
        routes.iter().map(of).collect()
    }

    /// How many were turned away for this reason.
    pub fn shed(&self, why: Shed) -> &Counter {
        &self.shed[why as usize]
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_that_nobody_knows_are_one() {
        let requests = Requests::default();
        for method in ["GET", "BREW", "WHEN"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            requests.answered("/x/{id}", &method, StatusCode::METHOD_NOT_ALLOWED, Duration::from_millis(3));
        }
        let [route] = requests.routes().try_into().unwrap();
        assert_eq!(route.counts, [("GET", "4xx", 1), ("other", "4xx", 2)]);
        assert_eq!((route.time.count(), route.time.sum), (3, 9));
    }

    #[test]
    fn each_reason_has_a_place_of_its_own() {
        let requests = Requests::default();
        for (why, _) in SHED {
            requests.shed(why).inc();
        }
        assert!(SHED.iter().all(|(why, _)| requests.shed(*why).get() == 1));
    }
}
