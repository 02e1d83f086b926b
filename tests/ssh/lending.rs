//! The operator's agent lent to a host.

use crate::agent::Agent;
use crate::server::{Server, open, said, server};
use hostler::link::{Connector, Jump, LinkOptions, Proxy, Target};

fn agent(server: &Server) -> Agent {
    let agent = Agent::start(server, "agent");
    agent.add(&server.path("stranger"));
    agent
}

/// SSH, "agent forwarding": off unless asked for, for each host by itself, and told.
#[tokio::test]
async fn only_on_request() {
    let Some(server) = server(&[]) else { return };
    let agent = agent(&server);
    let public = std::fs::read_to_string(server.path("stranger.pub")).unwrap();
    let lent = Target { forward_agent: Some(agent.socket.clone()), ..server.target() };
    let connector = Connector::new(&LinkOptions::default());
    let link = connector.open(&lent).await.unwrap();
    let notices = connector.take_notices();
    assert!(notices.len() == 1 && notices[0].contains("ssh-agent is lent to"), "{notices:?}");
    // From the runner and from a bare command, more than once, and the keys can be used there.
    for _ in 0..3 {
        assert_eq!(said(&link, None, "ssh-add -L").await, public.trim());
        assert_eq!(link.raw(None, "ssh-add -L", None).await.unwrap().out(), public);
    }
    let sign = "cd $(mktemp -d) && ssh-add -L >key.pub && echo text >file && ssh-keygen -q -Y sign -f key.pub -n test file && ls";
    assert_eq!(said(&link, None, sign).await, "file\nfile.sig\nkey.pub");
    link.close().await;
    let link = open(&Target { agent: Some(agent.socket.clone()), ..server.target() }).await.unwrap();
    assert_eq!(said(&link, None, "echo ${SSH_AUTH_SOCK:-none}").await, "none");
}

/// A host on the way to the one that was asked for gets nothing.
#[tokio::test]
async fn not_to_the_hosts_on_the_way() {
    let (Some(gate), Some(server)) = (server(&[]), server(&["AllowAgentForwarding=no"])) else { return };
    let agent = agent(&server);
    std::fs::copy(server.path("authorized"), gate.path("authorized")).unwrap();
    let target = server.target();
    gate.record("host");
    let book =
        std::fs::read_to_string(server.path("known")).unwrap() + &std::fs::read_to_string(gate.path("known")).unwrap();
    std::fs::write(server.path("known"), book).unwrap();
    let hop = Jump { user: None, host: "127.0.0.1".into(), port: Some(gate.port) };
    let lent = Target { forward_agent: Some(agent.socket.clone()), proxy: Proxy::Jump(vec![hop]), ..target };
    let connector = Connector::new(&LinkOptions::default());
    let link = connector.open(&lent).await.unwrap();
    let notices = connector.take_notices();
    assert!(notices.len() == 1 && notices[0].contains(&server.port.to_string()), "{notices:?}");
    // A host that does not want it goes on without.
    assert_eq!(said(&link, None, "echo ${SSH_AUTH_SOCK:-none}").await, "none");
}

/// A key that is bound to destinations stays bound to them: it cannot be used from a host it was not meant for.
#[tokio::test]
async fn keys_bound_to_destinations_stay_bound() {
    let Some(server) = server(&[]) else { return };
    let agent = Agent::start(&server, "agent");
    let known = server.path("elsewhere");
    let other = std::fs::read_to_string(server.path("user.pub")).unwrap();
    std::fs::write(&known, format!("elsewhere {other}")).unwrap();
    let added = std::process::Command::new("ssh-add")
        .args(["-q", "-h", "elsewhere", "-H"])
        .arg(&known)
        .arg(server.path("stranger"))
        .env("SSH_AUTH_SOCK", &agent.socket)
        .output()
        .unwrap();
    assert!(added.status.success(), "{added:?}");
    let lent = Target { forward_agent: Some(agent.socket.clone()), ..server.target() };
    let link = open(&lent).await.unwrap();
    assert_eq!(said(&link, None, "ssh-add -L || true").await, "The agent has no identities.");
}
