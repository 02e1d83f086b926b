//! The wire against a hand-written other end.

use super::*;
use crate::link::process::Feed;
use hostler_sdk::Outcome;
use tokio::io::DuplexStream;

/// The other end: what the engine sends, and a way to answer.
struct Far {
    input: DuplexStream,
    feed: Feed,
}

fn wire() -> (Wire, Far) {
    patient(Duration::from_secs(15))
}

fn patient(interval: Duration) -> (Wire, Far) {
    let (ours, input) = tokio::io::duplex(1 << 20);
    let (process, feed) = Process::pair(Box::pin(ours));
    let patience = Patience { interval, times: 4 };
    (Wire::new(process, Frames::default(), "host".into(), patience), Far { input, feed })
}

impl Far {
    async fn next(&mut self) -> ToHost {
        let mut length = [0; 4];
        self.input.read_exact(&mut length).await.unwrap();
        let mut body = vec![0; u32::from_le_bytes(length) as usize];
        self.input.read_exact(&mut body).await.unwrap();
        frame::decode(&body).unwrap()
    }
    async fn say(&self, message: &FromHost) {
        let bytes = frame::encode(message).unwrap();
        // In two pieces, as the network may have it.
        let (head, rest) = bytes.split_at(3);
        self.feed.say.send(Said::Out(bytes::Bytes::copy_from_slice(head))).await.unwrap();
        self.feed.say.send(Said::Out(bytes::Bytes::copy_from_slice(rest))).await.unwrap();
    }
    async fn done(&self, id: u64, msg: &str) {
        let outcome = serde_json::to_string(&Outcome::failure(msg)).unwrap();
        self.say(&FromHost::Done { id, outcome }).await;
    }
}

fn call(module: &str) -> Call {
    Call { module: module.into(), ..Call::default() }
}

fn id(message: &ToHost) -> u64 {
    match message {
        ToHost::Call { id, .. } | ToHost::Chunk { id, .. } | ToHost::Cancel { id } => *id,
        ToHost::Ping => 0,
    }
}

#[tokio::test]
async fn answers_find_their_calls_in_any_order() {
    let (wire, mut far) = wire();
    let other = async {
        let (one, two) = (far.next().await, far.next().await);
        far.done(id(&two), "second").await;
        far.done(id(&one), "first").await;
    };
    let (one, two, ()) = tokio::join!(wire.call(call("a"), vec![]), wire.call(call("b"), vec![]), other);
    assert_eq!(one.unwrap().failed.as_deref(), Some("first"));
    assert_eq!(two.unwrap().failed.as_deref(), Some("second"));
}

#[tokio::test]
async fn calls_in_order_are_sent_before_any_is_answered() {
    let (wire, mut far) = wire();
    let other = async {
        let (one, two) = (far.next().await, far.next().await);
        let (first, second) = (id(&one), id(&two));
        assert!(matches!(one, ToHost::Call { after: 0, .. }));
        assert!(matches!(two, ToHost::Call { after, if_good: true, .. } if after == first));
        far.done(first, "first").await;
        far.say(&FromHost::NotBegun { id: second }).await;
    };
    let calls = async {
        let one = wire.send(Turn::default(), call("a"), vec![]).await.unwrap();
        let two = wire.send(Turn { after: one.id(), if_good: true }, call("b"), vec![]).await.unwrap();
        (one.answer().await.unwrap(), two.answer().await)
    };
    let ((one, two), ()) = tokio::join!(calls, other);
    assert_eq!((one.failed.as_deref(), two.unwrap_err()), (Some("first"), LinkError::NotBegun));
}

#[tokio::test]
async fn a_file_goes_only_as_fast_as_it_is_taken() {
    let (wire, mut far) = wire();
    let content: Vec<u8> = (0..frame::CHUNK * (frame::WINDOW + 3) + 5).map(|n| n as u8).collect();
    let body = Body::Bytes(content.clone().into());
    let other = async {
        let id = id(&far.next().await);
        far.say(&FromHost::Need { id, body: 0 }).await;
        let mut got = Vec::new();
        for _ in 0..frame::WINDOW {
            let ToHost::Chunk { bytes, last: false, .. } = far.next().await else { panic!("no chunk") };
            got.extend(bytes);
        }
        // The window is used up: nothing more comes until something was taken.
        let early = tokio::time::timeout(Duration::from_millis(30), far.next()).await;
        assert!(early.is_err());
        far.say(&FromHost::Took { id, chunks: 4 }).await;
        loop {
            let ToHost::Chunk { bytes, last, .. } = far.next().await else { panic!("no chunk") };
            got.extend(bytes);
            if last {
                break;
            }
        }
        far.done(id, "taken").await;
        got
    };
    let (outcome, got) = tokio::join!(wire.call(call("copy"), vec![body]), other);
    assert_eq!(outcome.unwrap().failed.as_deref(), Some("taken"));
    assert_eq!(got, content);
}

#[tokio::test]
async fn an_empty_file_is_one_empty_last_chunk() {
    let (wire, mut far) = wire();
    let other = async {
        let id = id(&far.next().await);
        far.say(&FromHost::Need { id, body: 0 }).await;
        assert!(matches!(far.next().await, ToHost::Chunk { bytes, last: true, .. } if bytes.is_empty()));
        far.done(id, "ok").await;
    };
    let (outcome, ()) = tokio::join!(wire.call(call("copy"), vec![Body::Bytes(Arc::new([]))]), other);
    outcome.unwrap();
}

#[tokio::test]
async fn a_file_that_cannot_be_read_fails_its_call_by_name() {
    let (wire, mut far) = wire();
    let other = async {
        let id = id(&far.next().await);
        far.say(&FromHost::Need { id, body: 0 }).await;
        assert!(matches!(far.next().await, ToHost::Chunk { last: true, .. }));
        far.done(id, "half a file").await;
    };
    let (outcome, ()) = tokio::join!(wire.call(call("copy"), vec![Body::File("/no/such/file".into())]), other);
    assert!(outcome.unwrap_err().to_string().contains("could not read `/no/such/file`"));
}

#[tokio::test]
async fn a_dropped_call_is_cancelled_on_the_host() {
    let (wire, mut far) = wire();
    {
        let calling = wire.call(call("slow"), vec![]);
        let first = tokio::select! {
            _ = calling => panic!("nobody answered"),
            message = far.next() => message,
        };
        assert_eq!(id(&first), 1);
    }
    assert!(matches!(far.next().await, ToHost::Cancel { id: 1 }));
}

#[tokio::test]
async fn a_lost_connection_is_told_to_all_who_wait() {
    let (wire, mut far) = wire();
    let other = async {
        far.next().await;
        far.next().await;
        far.feed.say.send(Said::Err("Killed\n".into())).await.unwrap();
        far.feed.say.send(Said::Exit(137)).await.unwrap();
    };
    let (one, two, ()) = tokio::join!(wire.call(call("a"), vec![]), wire.call(call("b"), vec![]), other);
    for result in [one, two] {
        let error = result.unwrap_err();
        assert!(
            matches!(&error, LinkError::Lost { in_flight: true, why, .. } if why.contains("137: Killed")),
            "{error}"
        );
    }
    assert!(!wire.alive());
    assert!(matches!(wire.call(call("c"), vec![]).await, Err(LinkError::Lost { in_flight: false, .. })));
}

#[tokio::test]
async fn a_runner_that_gives_no_sign_of_life_is_lost() {
    let (wire, mut far) = patient(Duration::from_millis(20));
    let other = async {
        let slow = far.next().await;
        // One that takes its time and answers goes on, for longer than silence would be borne.
        for _ in 0..10 {
            assert!(matches!(far.next().await, ToHost::Ping));
            far.say(&FromHost::Pong).await;
        }
        far.done(id(&slow), "at last").await;
        // Then it is frozen.
        let mut unread = [0; 256];
        while far.input.read(&mut unread).await.is_ok_and(|length| length > 0) {}
        std::future::pending::<()>().await;
    };
    let calls = async {
        assert_eq!(wire.call(call("slow"), vec![]).await.unwrap().failed.as_deref(), Some("at last"));
        wire.call(call("never"), vec![]).await
    };
    tokio::select! {
        error = calls => {
            let error = error.unwrap_err();
            assert!(matches!(&error, LinkError::Lost { in_flight: true, why, .. } if why.contains("sign of life")), "{error}");
        }
        () = other => panic!("the other end saw something else"),
    }
}

#[tokio::test]
async fn nonsense_ends_the_connection_and_not_the_program() {
    for bytes in [
        vec![255; 8],
        vec![4, 0, 0, 0, 200, 200, 200, 200],
        frame::encode(&FromHost::Hello { version: 1, uid: 0 }).unwrap(),
    ] {
        let (wire, far) = wire();
        far.feed.say.send(Said::Out(bytes.into())).await.unwrap();
        assert!(matches!(wire.call(call("a"), vec![]).await, Err(LinkError::Lost { .. })));
    }
}
