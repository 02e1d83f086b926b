//! Builds the runner (`modules/runner`) with a nested cargo, statically linked, and embeds it compressed, so that one
//! `cargo build` gives one complete program. `HOSTLER_RUNNER=none` embeds none, `HOSTLER_RUNNER=<path>` a prebuilt
//! one, or several for different architectures with colons between them.

use blake2::Blake2b512;
use sha2::{Digest, Sha256};
use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Built besides the build machine's own when their Rust targets are installed.
const MORE: [&str; 2] = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"];

fn main() -> Result<(), Box<dyn Error>> {
    for path in ["build.rs", "Cargo.toml", "Cargo.lock", "modules"] {
        println!("cargo:rerun-if-changed={path}");
    }
    println!("cargo:rerun-if-env-changed=HOSTLER_RUNNER");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let mut list = String::new();
    for binary in runners(&out)? {
        embed(&binary, &out, &mut list)?;
    }
    let text = format!("/// The runners inside this program.\npub static EMBEDDED: &[EmbeddedRunner] = &[\n{list}];\n");
    std::fs::write(out.join("runners.rs"), text)?;
    Ok(())
}

/// The runner programs to embed.
fn runners(out: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    match env::var_os("HOSTLER_RUNNER") {
        Some(choice) if choice == "none" => return Ok(Vec::new()),
        Some(paths) if !paths.is_empty() => {
            let paths: Vec<PathBuf> = env::split_paths(&paths).collect();
            for path in &paths {
                println!("cargo:rerun-if-changed={}", path.display());
            }
            return Ok(paths);
        }
        _ => {}
    }
    let host = env::var("HOST")?;
    let mut targets: Vec<&str> = MORE.into_iter().filter(|target| installed(target)).collect();
    // musl makes the smaller program; the build machine's own target is used where musl is missing.
    let arch = host.split('-').next().unwrap_or_default();
    if host.contains("linux") && !targets.iter().any(|target| target.starts_with(arch)) {
        targets.insert(0, &host);
    }
    let mut built = Vec::new();
    for target in targets {
        match build(out, target) {
            Ok(path) => built.push(path),
            // A foreign target may lack its linker; the machine's own must work.
            Err(e) if !target.starts_with(arch) => println!("cargo:warning=no runner for {target}: {e}"),
            Err(e) => return Err(e),
        }
    }
    Ok(built)
}

/// Whether the Rust target's standard library is there.
fn installed(target: &str) -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "target-libdir", "--target", target]).output();
    output.is_ok_and(|o| o.status.success() && Path::new(String::from_utf8_lossy(&o.stdout).trim()).is_dir())
}

/// Builds the runner for one target in a target directory of its own: the outer cargo holds the lock of the usual one.
fn build(out: &Path, target: &str) -> Result<PathBuf, Box<dyn Error>> {
    let profile = if env::var("PROFILE")? == "release" { "runner" } else { "runner-dev" };
    let directory = out.join("runner");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--locked", "-p", "hostler-runner", "--profile", profile, "--target", target]);
    cargo.arg("--target-dir").arg(&directory);
    for (key, _) in env::vars_os() {
        if leaks(&key) {
            cargo.env_remove(key);
        }
    }
    let mut flags = vec!["-Ctarget-feature=+crt-static"];
    if target.ends_with("-musl") && !target.starts_with(env::var("HOST")?.split('-').next().unwrap_or("?")) {
        // Rust's own linker and the start files that come with the target: no cross compiler is needed.
        flags.extend(["-Clinker=rust-lld", "-Clink-self-contained=yes"]);
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    let output = cargo.output()?;
    if !output.status.success() {
        return Err(format!("the runner does not build:\n{}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(directory.join(target).join(profile).join("hostler-runner"))
}

/// Variables cargo sets for this script, which would steer the nested cargo.
fn leaks(key: &OsString) -> bool {
    let Some(key) = key.to_str() else { return false };
    let exact = [
        "RUSTFLAGS",
        "RUSTC",
        "RUSTC_WORKSPACE_WRAPPER",
        "CLIPPY_ARGS",
        "OUT_DIR",
        "TARGET",
        "HOST",
        "PROFILE",
        "DEBUG",
        "OPT_LEVEL",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_TARGET_DIR",
        "CARGO_BUILD_TARGET",
        "CARGO_BUILD_TARGET_DIR",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_CRATE_NAME",
        "CARGO_BIN_NAME",
    ];
    let families = ["CARGO_PKG_", "CARGO_CFG_", "CARGO_FEATURE_", "CARGO_MANIFEST_", "CARGO_PROFILE_", "DEP_"];
    exact.contains(&key) || families.iter().any(|family| key.starts_with(family))
}

/// Writes the compressed program beside the list that includes it.
fn embed(binary: &Path, out: &Path, list: &mut String) -> Result<(), Box<dyn Error>> {
    let bytes = std::fs::read(binary).map_err(|e| format!("cannot read {}: {e}", binary.display()))?;
    let arch = machine(&bytes).ok_or_else(|| format!("{} is no program for Linux", binary.display()))?;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&bytes)?;
    let file = out.join(format!("runner-{arch}.gz"));
    std::fs::write(&file, encoder.finish()?)?;
    let (sha256, blake2) = (hex::encode(Sha256::digest(&bytes)), hex::encode(Blake2b512::digest(&bytes)));
    writeln!(
        list,
        "    EmbeddedRunner {{ arch: {arch:?}, sha256: {sha256:?}, blake2: {blake2:?}, size: {}, gzip: include_bytes!({file:?}) }},",
        bytes.len()
    )?;
    Ok(())
}

/// `uname -m` of the machines an ELF program is for.
fn machine(elf: &[u8]) -> Option<&'static str> {
    if elf.get(..4)? != b"\x7fELF" {
        return None;
    }
    match u16::from_le_bytes([*elf.get(18)?, *elf.get(19)?]) {
        62 => Some("x86_64"),
        183 => Some("aarch64"),
        243 => Some("riscv64"),
        _ => None,
    }
}
