//! Orders of tasks under failures. The shapes of `orders_under_failure` were compared with ansible-playbook 2.19.14; the rest was not.

use super::*;
use std::collections::HashSet;

type Steps = Vec<Node<&'static str>>;

fn group(main: Steps, rescue: Steps, always: Steps) -> Node<&'static str> {
    Node::Group(Arc::new(Group { main, rescue, always }))
}

/// Tasks whose names start with `!` fail.
fn tasks(names: &'static str) -> Steps {
    names.split_whitespace().map(Node::Task).collect()
}

fn with(mut first: Steps, rest: impl IntoIterator<Item = Node<&'static str>>) -> Steps {
    first.extend(rest);
    first
}

struct All;
impl Gate<&'static str> for All {
    fn admits(&self, task: &&'static str) -> bool {
        !task.starts_with('-')
    }
    fn due(&self, _: &&'static str) -> bool {
        true
    }
}

/// Runs to the end: the names in order, and whether the host failed.
fn walk(play: Steps) -> (String, bool) {
    let mut lane = Lane::new(Arc::new(Group::plain(play)), None);
    let mut seen = Vec::new();
    while let Some(task) = lane.advance(&All) {
        seen.push(task);
        if task.starts_with('!') {
            lane.fail();
        }
    }
    (seen.join(" "), lane.is_failed())
}

#[test]
fn orders_under_failure() {
    let none = Vec::new;
    let cases: Vec<(&str, Steps, &str, bool)> = vec![
        ("plain", tasks("a b"), "a b", false),
        ("a failure ends the host", tasks("a !b c"), "a !b", true),
        ("not admitted", tasks("a -b c"), "a c", false),
        ("block without failure", with(vec![group(tasks("a"), tasks("r"), tasks("w"))], tasks("z")), "a w z", false),
        ("rescued", with(vec![group(tasks("a !b c"), tasks("r s"), tasks("w"))], tasks("z")), "a !b r s w z", false),
        (
            "rescue fails, always still runs",
            with(vec![group(tasks("!a"), tasks("!r s"), tasks("w x"))], tasks("z")),
            "!a !r w x",
            true,
        ),
        ("only always", with(vec![group(tasks("!a"), none(), tasks("w"))], tasks("z")), "!a w", true),
        ("always fails", with(vec![group(tasks("a"), none(), tasks("!w x"))], tasks("z")), "a !w", true),
        (
            "always fails after a rescue",
            with(vec![group(tasks("!a"), tasks("r"), tasks("!w x"))], tasks("z")),
            "!a r !w",
            true,
        ),
        (
            "an inner failure reaches the outer rescue through the inner always",
            with(
                vec![group(with(tasks("a"), [group(tasks("!b c"), none(), tasks("w"))]), tasks("r"), tasks("v"))],
                tasks("z"),
            ),
            "a !b w r v z",
            false,
        ),
        (
            "an inner rescue that fails reaches the outer rescue",
            with(vec![group(vec![group(tasks("!b"), tasks("!q"), tasks("w"))], tasks("r"), none())], tasks("z")),
            "!b !q w r z",
            false,
        ),
        (
            "a block inside a rescue rescues itself",
            with(vec![group(tasks("!a"), vec![group(tasks("!b"), tasks("q"), none())], none())], tasks("z")),
            "!a !b q z",
            false,
        ),
        (
            "a block inside a rescue fails",
            with(vec![group(tasks("!a"), vec![group(tasks("!b"), none(), tasks("w"))], tasks("v"))], tasks("z")),
            "!a !b w v",
            true,
        ),
        (
            "an always inside an always after a failure",
            with(vec![group(tasks("!a"), none(), vec![group(tasks("w"), none(), tasks("x"))])], tasks("z")),
            "!a w x",
            true,
        ),
        (
            "a rescued block inside a failed block's always",
            with(vec![group(tasks("!a"), none(), vec![group(tasks("!w"), tasks("r"), none())])], tasks("z")),
            "!a !w r",
            true,
        ),
    ];
    for (name, play, order, failed) in cases {
        assert_eq!(walk(play), (order.to_owned(), failed), "{name}");
    }
}

#[test]
fn gathers_facts_first_and_a_failure_there_ends_all() {
    let play = Arc::new(Group::plain(vec![group(tasks("a"), tasks("r"), tasks("w"))]));
    let mut lane = Lane::new(play, Some("setup"));
    assert_eq!(lane.advance(&All), Some("setup"));
    lane.fail();
    assert_eq!((lane.advance(&All), lane.is_failed()), (None, true));
}

#[test]
fn looking_ahead_moves_nothing() {
    let lane = Lane::new(Arc::new(Group::plain(tasks("a b"))), None);
    let (after, task) = lane.peek(&All).unwrap();
    assert_eq!(task, "a");
    assert_eq!(lane.peek(&All).unwrap().1, "a");
    assert_eq!(after.peek(&All).unwrap().1, "b");
}

#[test]
fn includes_come_next_and_in_order() {
    let mut lane = Lane::new(Arc::new(Group::plain(vec![group(tasks("i"), tasks("r"), Vec::new())])), None);
    assert_eq!(lane.advance(&All), Some("i"));
    lane.insert(with(tasks("x !y"), tasks("z")));
    let mut seen = Vec::new();
    while let Some(task) = lane.advance(&All) {
        seen.push(task);
        if task.starts_with('!') {
            lane.fail();
        }
    }
    assert_eq!(seen, ["x", "!y", "r"]);
}

/// Handlers are due once; which are due is known outside of the lane.
struct Due(std::cell::RefCell<HashSet<&'static str>>);
impl Gate<&'static str> for Due {
    fn admits(&self, _: &&'static str) -> bool {
        true
    }
    fn due(&self, handler: &&'static str) -> bool {
        self.0.borrow().contains(handler)
    }
}

#[test]
fn handlers_run_in_their_order_and_fail_where_they_were_flushed() {
    let gate = Due(std::cell::RefCell::new(HashSet::from(["h1", "!h3", "h4"])));
    let play = vec![group(tasks("flush b"), tasks("r"), Vec::new())];
    let mut lane = Lane::new(Arc::new(Group::plain(with(play, tasks("z")))), None);
    let mut seen = Vec::new();
    while let Some(task) = lane.advance(&gate) {
        seen.push(task);
        if task == "flush" {
            lane.flush(Arc::new(vec!["h1", "h2", "!h3", "h4"]));
        }
        if task.starts_with('!') {
            lane.fail();
        }
    }
    assert_eq!(seen, ["flush", "h1", "!h3", "r", "z"]);
    assert!(!lane.is_failed());
}

#[test]
fn ending_a_host_in_a_rescue_counts_as_rescued() {
    let mut lane = Lane::new(Arc::new(Group::plain(vec![group(tasks("!a"), tasks("end"), tasks("w"))])), None);
    lane.advance(&All);
    lane.fail();
    assert_eq!(lane.advance(&All), Some("end"));
    lane.end();
    assert_eq!((lane.advance(&All), lane.is_failed()), (None, false));
}

#[test]
fn failure_is_seen_before_the_always_part_is_done() {
    let mut lane = Lane::new(Arc::new(Group::plain(vec![group(tasks("!a"), Vec::new(), tasks("w"))])), None);
    lane.advance(&All);
    assert!(!lane.is_failed());
    lane.fail();
    assert!(lane.is_failed() && !lane.is_done());
    lane.clear_errors();
    assert!(!lane.is_failed());
}
