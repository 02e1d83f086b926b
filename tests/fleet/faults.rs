//! Faults at random moments of a run: the network cut, sshd killed, the host powered off, a disk filled, the runner frozen. Whatever the
//! moment: the run ends, no file is half one and half the other, what is told of each host is true, and a second run makes all well.
//!
//! Five rounds as a rule; `HOSTLER_FAULTS=100 cargo test --test fleet faults -- --nocapture` does a hundred. Each round prints its seed,
//! and `HOSTLER_FAULT_SEED=N HOSTLER_FAULTS=1` does that round again.

#[path = "../mutation/chance.rs"]
mod chance;

use super::hosts::{Fleet, available, skipped, text};
use chance::Chance;
use std::fs;
use std::path::PathBuf;
use std::process::Output;
use std::time::{Duration, Instant};

/// Hosts of the fleet.
const HOSTS: usize = 3;
/// Seconds after which a run counts as hanging; far more than a busy machine takes to notice a silent host.
const DEADLINE: &str = "300";
/// How soon a silent host is given up in the runs that are struck. The others take the time they take.
const ALIVE: &[&str] = &["--ssh-extra-args", "-o ServerAliveInterval=2 -o ServerAliveCountMax=5", "--timeout", "15"];

const PLAY: &str = r#"
- hosts: all
  gather_facts: false
  tasks:
    - name: directories
      file: {path: "{{ item }}", state: directory, mode: "0755"}
      loop: [/srv/faults, /srv/faults/small]
    - name: large files
      copy:
        content: "{{ gen }}\n{{ 'large ' * 100000 }}\n{{ gen }}\n"
        dest: "/srv/faults/large-{{ item }}"
        mode: "0644"
      loop: [1, 2, 3]
    - name: files on a small disk
      copy:
        content: "{{ gen }}\n{{ 'small ' * 20000 }}\n{{ gen }}\n"
        dest: "/srv/faults/small/{{ item }}"
        mode: "0600"
      loop: [1, 2]
    - name: a command
      command: sh -c 'sleep 0.2; echo {{ gen }}'
      changed_when: false
    - name: a line
      lineinfile: {path: /srv/faults/lines, regexp: "^gen=", line: "gen={{ gen }}", create: true, mode: "0644"}
    - name: a file from the controller
      copy: {src: sent, dest: /srv/faults/sent, mode: "0640"}
    - name: a block
      blockinfile: {path: /srv/faults/lines, block: "block {{ gen }}"}
    - name: a link
      file: {src: "large-1", dest: /srv/faults/link, state: link}
    - name: the last
      copy: {content: "{{ gen }}\n", dest: /srv/faults/last, mode: "0644"}
"#;

/// What happens to a host.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Cut,
    SshdKilled,
    PoweredOff,
    DiskFilled,
    Frozen,
}

const FAULTS: [Fault; 5] = [Fault::Cut, Fault::SshdKilled, Fault::PoweredOff, Fault::DiskFilled, Fault::Frozen];

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// The fleet and what is played on it.
struct Stage {
    fleet: Fleet,
    playbook: PathBuf,
}

impl Stage {
    fn up() -> Stage {
        let fleet = Fleet::up(6, HOSTS, false);
        let playbook = fleet.work().join("faults.yml");
        fs::write(&playbook, PLAY).unwrap();
        let stage = Stage { fleet, playbook };
        (1..=HOSTS).for_each(|host| stage.mount(host));
        stage
    }

    /// The small disk, which a boot forgets.
    fn mount(&self, host: usize) {
        let small = "mkdir -p /srv/faults/small && { mountpoint -q /srv/faults/small || mount -t tmpfs -o size=4m tmpfs /srv/faults/small; }";
        self.inside(host, small);
    }

    fn inside(&self, host: usize, line: &str) {
        let done = self.fleet.script(["inside", &host.to_string(), line]);
        assert!(done.status.success(), "{line}: {}", text(&done));
    }

    fn play(&self, generation: u64, more: &[&str]) -> Output {
        // The file that is sent is as new as the rest.
        fs::write(self.fleet.work().join("sent"), format!("{generation}\n{}{generation}\n", "sent\n".repeat(60_000)))
            .unwrap();
        let (inventory, playbook) = (self.fleet.inventory.display().to_string(), self.playbook.display().to_string());
        let gen_variable = format!("gen={generation}");
        let mut arguments = vec![DEADLINE, env!("CARGO_BIN_EXE_hostler"), "play", "-i", &inventory, &playbook];
        arguments.extend(["-e", &gen_variable, "--output", "plain"]);
        arguments.extend(more);
        self.fleet.controller("timeout", &arguments)
    }

    fn strike(&self, fault: Fault, host: usize) {
        let name = host.to_string();
        match fault {
            Fault::Cut => drop(self.fleet.script(["cut", &name])),
            Fault::PoweredOff => drop(self.fleet.script(["kill", &name])),
            Fault::SshdKilled => self.inside(host, SESSIONS_END),
            Fault::DiskFilled => self.inside(host, "head -c 8m /dev/zero >/srv/faults/small/full 2>/dev/null || true"),
            Fault::Frozen => self.inside(host, &of_runners("STOP")),
        }
    }

    fn mend(&self, fault: Fault, host: usize) {
        let name = host.to_string();
        match fault {
            Fault::Cut => drop(self.fleet.script(["heal", &name])),
            Fault::PoweredOff => {
                let up = self.fleet.script(["start", &name]);
                assert!(up.status.success(), "{}", text(&up));
                self.mount(host);
            }
            Fault::SshdKilled => {}
            Fault::DiskFilled => self.inside(host, "rm -f /srv/faults/small/full"),
            Fault::Frozen => self.inside(host, &of_runners("CONT")),
        }
    }

    /// Every file of a host is whole, of one generation; whether all are of this one.
    fn whole(&self, host: usize, generation: u64) -> bool {
        let root = self.fleet.upper(host).with_file_name("m").join("srv/faults");
        let mut all = true;
        for (name, lines) in [("large-1", 3), ("large-2", 3), ("large-3", 3), ("sent", 60_002), ("last", 1)] {
            let Ok(content) = fs::read_to_string(root.join(name)) else {
                all = false;
                continue;
            };
            let (first, last) = (content.lines().next().unwrap_or(""), content.lines().last().unwrap_or(""));
            assert!(
                first == last
                    && first.parse::<u64>().is_ok()
                    && content.lines().count() == lines
                    && content.ends_with('\n'),
                "{name} of h{host} is torn: {first:?} .. {last:?}, {} lines",
                content.lines().count()
            );
            all &= first == generation.to_string();
        }
        all
    }
}

/// Ends the processes of sessions, not the one that listens.
const SESSIONS_END: &str = "pkill -KILL -f '^sshd: .*(@notty|priv)' || true";

/// Waits until no runner is left, ten seconds at most, as a line of shell.
fn runners_are_gone() -> String {
    let any = "a=; for p in /proc/[0-9]*; do case $(readlink $p/exe) in */.hostler/*) a=1;; esac; done";
    format!("for i in $(seq 100); do {any}; [ -n \"$a\" ] || exit 0; sleep .1; done; echo runners are left; exit 1")
}

/// A signal for the runners of a host, as a line of shell there.
fn of_runners(signal: &str) -> String {
    format!(
        "for p in /proc/[0-9]*; do case $(readlink $p/exe) in */.hostler/*) kill -{signal} ${{p#/proc/}};; esac; done; true"
    )
}

/// What the recap says of a host: changed, unreachable, failed.
fn told(screen: &str, host: usize) -> (u64, u64, u64) {
    let line = screen.lines().rev().find(|line| line.starts_with(&format!("h{host} ")) && line.contains("ok="));
    let line = line.unwrap_or_else(|| panic!("nothing is told of h{host}:\n{screen}"));
    let count = |name: &str| {
        let word = line.split_whitespace().find_map(|word| word.strip_prefix(name)).unwrap();
        word.parse().unwrap()
    };
    (count("changed="), count("unreachable="), count("failed="))
}

#[test]
fn faults_at_random_moments() {
    if !available() {
        return;
    }
    if std::process::Command::new("nsenter").arg("-V").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "nsenter is missing");
        return skipped("faults on real hosts, because nsenter is missing");
    }
    let (rounds, first) = (number("HOSTLER_FAULTS", 5), number("HOSTLER_FAULT_SEED", 1));
    let stage = Stage::up();
    let calm = stage.play(0, &[]);
    assert!(calm.status.success(), "{}", text(&calm));
    // How long a run takes that has the runner on its hosts already: the moments are spread over that.
    let start = Instant::now();
    let calm = stage.play(1, &[]);
    assert!(calm.status.success(), "{}", text(&calm));
    let length = u64::try_from(start.elapsed().as_millis()).unwrap();
    for seed in first..first + rounds {
        round(&stage, seed, seed + 1_000, length);
    }
}

fn round(stage: &Stage, seed: u64, generation: u64, length: u64) {
    let mut chance = Chance(seed);
    let fault = FAULTS[usize::try_from(chance.below(5)).unwrap()];
    let host = 1 + usize::try_from(chance.below(HOSTS as u64)).unwrap();
    let share = chance.below(1000);
    let moment = Duration::from_millis(length * share / 1000);
    let what = format!("seed {seed}: {fault:?} on h{host} after {share} of 1000 parts of a run ({moment:?})");
    println!("{what}");
    let run = std::thread::scope(|scope| {
        let run = scope.spawn(|| stage.play(generation, ALIVE));
        // The random moment itself; nothing waits for it to be a certain one.
        std::thread::sleep(moment);
        stage.strike(fault, host);
        run.join().unwrap()
    });
    let screen = text(&run);
    assert_ne!(run.status.code(), Some(124), "{what}: the run hangs\n{screen}");
    stage.mend(fault, host);
    for other in 1..=HOSTS {
        let (_, unreachable, failed) = told(&screen, other);
        let all = stage.whole(other, generation);
        if unreachable + failed == 0 {
            assert!(all, "{what}: h{other} is told to be well, and is not\n{screen}");
        } else {
            assert_eq!(other, host, "{what}: h{other} had no fault\n{screen}");
            let why = [format!("fatal: [h{host}]: "), format!("failed: [h{host}] (item=")];
            assert!(why.iter().any(|words| screen.contains(words)), "{what}: why is not told\n{screen}");
            assert!(
                unreachable == 0 || !matches!(fault, Fault::DiskFilled),
                "{what}: a full disk is no lost host\n{screen}"
            );
        }
    }
    let (_, unreachable, failed) = told(&screen, host);
    let wanted = match (unreachable, failed) {
        (0, 0) => 0,
        (0, _) => 2,
        _ => 4,
    };
    assert_eq!(run.status.code(), Some(wanted), "{what}\n{screen}");
    let again = stage.play(generation, &[]);
    assert!(again.status.success(), "{what}: the second run does not mend it\n{}", text(&again));
    let check = text(&stage.play(generation, &["--check"]));
    for other in 1..=HOSTS {
        assert!(stage.whole(other, generation), "{what}: h{other} after a second run");
        assert_eq!(told(&check, other), (0, 0, 0), "{what}: not converged\n{check}");
        // Nothing of what was begun and not finished is left, once the host knows that nobody is there any more for whom it was begun:
        // after a cut its end of the connection may wait for hours.
        stage.inside(other, &format!("{SESSIONS_END}; {}", runners_are_gone()));
        let left = stage.fleet.on(other, "find /srv/faults -name '.*' | wc -l");
        assert_eq!(left.trim(), "0", "{what}: h{other} has {}", stage.fleet.on(other, "ls -lA /srv/faults"));
    }
}
