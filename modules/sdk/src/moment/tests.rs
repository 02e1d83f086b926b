//! Calls that come, ask and change something in every order that matters. Nothing here takes time: who is to wait is held by a channel.

use super::*;
use crate::backend::HostError;
use crate::backend::native::Native;
use crate::body::Inline;
use crate::call::Call;
use crate::host::Change;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::channel;

/// A host that changes by itself all the time: every asking gets another answer, the number of askings so far.
#[derive(Default)]
struct Restless {
    moments: Arc<Moments>,
    asked: AtomicUsize,
}

fn question() -> Question {
    Question::Command(Command::new(["systemctl", "show", "nginx"]))
}

fn nothing() -> Inline {
    Inline(Arc::new([]))
}

impl Restless {
    /// A call comes.
    fn come(&self) -> Native {
        Native::new().arriving(&self.moments)
    }
    /// What the host says.
    fn say(&self) -> usize {
        self.asked.fetch_add(1, Ordering::SeqCst) + 1
    }
    /// What the call is told.
    fn told(&self, native: &Native) -> usize {
        self.told_of(native, question())
    }
    fn told_of(&self, native: &Native, question: Question) -> usize {
        let (call, bodies) = (Call::default(), nothing());
        let look = Look::new(native, &call, &bodies);
        *look.of_the_moment(question, || Ok(self.say())).unwrap()
    }
    /// What the call is told when its asking does something meanwhile.
    fn told_while(&self, native: &Native, meanwhile: impl FnOnce()) -> usize {
        let (call, bodies) = (Call::default(), nothing());
        let make = || {
            let said = self.say();
            meanwhile();
            Ok(said)
        };
        *Look::new(native, &call, &bodies).of_the_moment(question(), make).unwrap()
    }
}

/// A way to change something.
type Doing<'a> = dyn Fn(&Change) -> HostResult<()> + 'a;

/// A call changes something.
fn change<T>(native: &Native, what: impl FnOnce(&Change) -> T) -> T {
    let (call, bodies) = (Call::default(), nothing());
    what(&Change::new(Look::new(native, &call, &bodies)))
}

#[test]
fn calls_that_had_come_are_told_the_same() {
    let host = Restless::default();
    let (first, second) = (host.come(), host.come());
    assert_eq!([host.told(&first), host.told(&second)], [1, 1]);
}

#[test]
fn a_call_that_comes_later_asks_anew() {
    let host = Restless::default();
    for try_ in 1..4 {
        assert_eq!(host.told(&host.come()), try_);
    }
    let (call, waited) = (host.come(), host.come());
    assert_eq!(host.told(&call), 4);
    // Its turn came only now, for it had to wait for another one.
    waited.arrival().unwrap().renew();
    assert_eq!(host.told(&waited), 5);
}

#[test]
fn no_call_is_told_the_same_twice() {
    let host = Restless::default();
    let (native, other) = (host.come(), host.come());
    let (call, bodies) = (Call::default(), nothing());
    let look = Look::new(&native, &call, &bodies);
    let told = |look: &Look| *look.of_the_moment(question(), || Ok(host.say())).unwrap();
    assert_eq!([told(&look), told(&look)], [1, 2]);
    assert_eq!(host.told(&other), 2);
    // Nor in its threads.
    assert_eq!(look.each(&[()], |()| true, |look, ()| told(look)), [3]);
    assert_eq!(told(&look), 4);
}

#[test]
fn a_change_ends_all_answers() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let changes: [&Doing; 5] = [
        &|change| change.make_dir(&path("dir"), 0o755),
        &|change| change.write(crate::WriteFile::new(&path("file"), &mut &b"text"[..])),
        &|change| change.run(&Command::new(["true"])).map(drop),
        &|change| change.remove_tree(&path("dir")),
        // Also one that fails may have changed something.
        &|change| change.rename(&path("none"), &path("other")),
    ];
    for (number, what) in changes.iter().enumerate() {
        let host = Restless::default();
        let (first, second) = (host.come(), host.come());
        assert_eq!(host.told(&first), 1);
        assert_eq!(change(&host.come(), what).is_err(), number == 4);
        assert_eq!([host.told(&second), host.told(&first)], [2, 2], "change {number}");
    }
}

#[test]
fn what_was_asked_before_a_change_or_meanwhile_ends_with_it() {
    let host = Restless::default();
    let calls = [host.come(), host.come(), host.come(), host.come()];
    assert_eq!(host.told(&calls[0]), 1);
    let changing = Changing::begin(&calls[1]);
    assert_eq!(host.told(&calls[2]), 2);
    drop(changing);
    assert_eq!(host.told(&calls[3]), 3);
    // The change may also be the shorter one of both.
    let calls = [host.come(), host.come(), host.come()];
    assert_eq!(host.told_while(&calls[0], || drop(Changing::begin(&calls[1]))), 4);
    assert_eq!(host.told(&calls[2]), 5);
}

#[test]
fn a_call_sees_its_own_changes() {
    let host = Restless::default();
    let native = host.come();
    let told = |look: &Look| *look.of_the_moment(question(), || Ok(host.say())).unwrap();
    change(&native, |change| {
        assert_eq!(told(change), 1);
        // Another call gets a newer answer before the change.
        assert_eq!(host.told(&host.come()), 2);
        change.run(&Command::new(["true"])).unwrap();
        assert_eq!(told(change), 3);
    });
}

#[test]
fn failures_are_not_kept() {
    let host = Restless::default();
    let calls = [host.come(), host.come(), host.come()];
    let (call, bodies) = (Call::default(), nothing());
    let look = Look::new(&calls[0], &call, &bodies);
    let failed = look.of_the_moment::<usize>(question(), || Err(HostError::new("run `systemctl`", "cancelled")));
    assert_eq!(failed.unwrap_err().cause, "cancelled");
    let broken = catch_unwind(AssertUnwindSafe(|| host.told_while(&calls[1], || panic!("asked to"))));
    assert!(broken.is_err());
    assert_eq!(host.told(&calls[2]), 2);
    assert_eq!(host.told(&calls[0]), 2);
}

#[test]
fn who_comes_while_it_is_asked_waits_and_then_one_asks_for_all() {
    let host = Restless::default();
    let (first, early) = (host.come(), host.come());
    let ((begun, has_begun), (go, may_go)) = (channel(), channel::<()>());
    std::thread::scope(|scope| {
        let host = &host;
        let asks = scope.spawn(|| {
            let meanwhile = move || {
                begun.send(()).unwrap();
                may_go.recv().unwrap();
            };
            host.told_while(&first, meanwhile)
        });
        has_begun.recv().unwrap();
        let late: Vec<Native> = (0..8).map(|_| host.come()).collect();
        let early = scope.spawn(|| host.told(&early));
        let late: Vec<_> = late.into_iter().map(|native| scope.spawn(move || host.told(&native))).collect();
        go.send(()).unwrap();
        assert_eq!(asks.join().unwrap(), 1);
        // By the time it asks itself, the others may have asked.
        assert!([1, 2].contains(&early.join().unwrap()));
        for late in late {
            assert_eq!(late.join().unwrap(), 2);
        }
    });
    assert_eq!(host.say(), 3);
}

#[test]
fn a_cancelled_call_lets_the_others_ask() {
    let host = Restless::default();
    let (first, second) = (host.come(), host.come());
    let canceller = first.canceller();
    let (begun, has_begun) = channel();
    std::thread::scope(|scope| {
        let asks = scope.spawn(|| {
            let (call, bodies) = (Call::default(), nothing());
            let look = Look::new(&first, &call, &bodies);
            let hang = || {
                begun.send(()).unwrap();
                look.query(&Command::new(["sleep", "1000"])).map(|_| 0)
            };
            look.of_the_moment::<usize>(question(), hang).map(|told| *told)
        });
        has_begun.recv().unwrap();
        let waits = scope.spawn(|| host.told(&second));
        canceller.cancel("the call was cancelled");
        assert_eq!(asks.join().unwrap().unwrap_err().cause, "the call was cancelled");
        assert_eq!(waits.join().unwrap(), 1);
    });
}

#[test]
fn an_asking_that_hangs_holds_up_nobody() {
    let moments = Arc::new(Moments { patience: Duration::ZERO, ..Moments::default() });
    let host = Restless { moments, ..Restless::default() };
    let (first, second, third) = (host.come(), host.come(), host.come());
    let another = || assert_eq!(host.told(&second), 2);
    assert_eq!(host.told_while(&first, another), 1);
    // What was asked later is newer, and stays when the first comes to its end.
    assert_eq!(host.told(&third), 2);
}

#[test]
fn all_that_the_answer_depends_on_is_part_of_the_question() {
    let host = Restless::default();
    let dir = tempfile::tempdir().unwrap();
    let elsewhere = Native::beginning_in(Some(dir.path().to_owned())).arriving(&host.moments);
    let native = host.come();
    let command = || Command::new(["systemctl", "show", "nginx"]);
    let questions = [
        question(),
        Question::Command(command().env("XDG_RUNTIME_DIR", "/run/user/7")),
        Question::Command(command().stdin("")),
        Question::Command(Command { cwd: Some("/".to_owned()), ..command() }),
        Question::Command(Command { timeout: Some(Duration::from_secs(1)), ..command() }),
        Question::Command(Command::new(["systemctl show nginx"])),
        Question::Named("mounts", Vec::new()),
        Question::Named("mounts", vec!["10s".to_owned()]),
    ];
    let mut count = 0;
    let mut next = || {
        count += 1;
        count
    };
    for question in questions {
        assert_eq!(host.told_of(&native, question.clone()), next(), "{question:?}");
    }
    assert_eq!(host.told(&elsewhere), next());
    let call = Call { environment: vec![("LC_ALL".to_owned(), "C".to_owned())], ..Call::default() };
    let bodies = nothing();
    let told = || *Look::new(&native, &call, &bodies).of_the_moment(question(), || Ok(host.say())).unwrap();
    assert_eq!(told(), next());
    let other = Look::new(&native, &call, &bodies).of_the_moment(question(), || Ok(host.say().to_string())).unwrap();
    assert_eq!(*other, next().to_string(), "another kind of answer");
    // And all of them are known now.
    assert_eq!([host.told(&native), host.told(&elsewhere), told()], [1, 9, 10]);
}

#[test]
fn what_is_kept_is_bounded() {
    let host = Restless::default();
    let native = host.come();
    let ask = |number: usize| host.told_of(&native, Question::Named("unit", vec![number.to_string()]));
    for number in 0..=MOST {
        ask(number);
    }
    assert_eq!(host.moments.lock().answers.len(), MOST);
    assert!(host.moments.lock().asking.is_empty());
    assert_eq!(ask(1), 2, "the oldest goes first");
    assert_eq!(ask(0), MOST + 2);
}

#[test]
fn where_nothing_is_told_to_several_every_call_asks() {
    let host = Restless::default();
    let native = Native::new();
    assert_eq!([host.told(&native), host.told(&native)], [1, 2]);
}
