//! HTTP's digest authentication (RFC 7616), with the algorithms that Python's `urllib` knows and SHA-256.

use md5::Digest;
use std::collections::HashMap;

/// The value of `Authorization` that answers a `WWW-Authenticate: Digest ...`; `None` when it asks for what is not known
/// here. `nonce` is ours, in hexadecimal.
pub(super) fn answer(challenge: &str, [user, password]: [&str; 2], path: &str, nonce: &str) -> Option<String> {
    let asked = parameters(challenge.split_once(' ')?.1);
    let (realm, theirs) = (asked.get("realm")?, asked.get("nonce")?);
    let algorithm = asked.get("algorithm").map_or("MD5", String::as_str);
    let hash: fn(&str) -> String = match algorithm.to_uppercase().as_str() {
        "MD5" => |text| hex::encode(md5::Md5::digest(text)),
        "SHA" => |text| hex::encode(sha1::Sha1::digest(text)),
        "SHA-256" => |text| hex::encode(sha2::Sha256::digest(text)),
        _ => return None,
    };
    let (first, second) = (hash(&format!("{user}:{realm}:{password}")), hash(&format!("GET:{path}")));
    let count = "00000001";
    let proof = match asked.get("qop") {
        None => hash(&format!("{first}:{theirs}:{second}")),
        Some(list) if list.split(',').any(|word| word.trim() == "auth") => {
            hash(&format!("{first}:{theirs}:{count}:{nonce}:auth:{second}"))
        }
        Some(_) => return None,
    };
    let mut said = format!(
        "Digest username=\"{}\", realm=\"{realm}\", nonce=\"{theirs}\", uri=\"{path}\", response=\"{proof}\"",
        user.replace('\\', "\\\\").replace('"', "\\\"")
    );
    if let Some(opaque) = asked.get("opaque") {
        said.push_str(&format!(", opaque=\"{opaque}\""));
    }
    said.push_str(&format!(", algorithm=\"{algorithm}\""));
    if asked.contains_key("qop") {
        said.push_str(&format!(", qop=auth, nc={count}, cnonce=\"{nonce}\""));
    }
    Some(said)
}

/// `name="value, with commas", other=word`; names in small letters.
fn parameters(text: &str) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let (value, behind) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        found.insert(name.trim_matches([',', ' ', '\t']).to_lowercase(), value.trim().to_owned());
        rest = behind;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_those_of_the_rfc() {
        // RFC 2617, 3.5, and RFC 7616, 3.9.1.
        let challenge = r#"Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#;
        let said = answer(challenge, ["Mufasa", "Circle Of Life"], "/dir/index.html", "0a4f113b").unwrap();
        assert!(
            said.contains("response=\"6629fae49393a05397450978507c4ef1\"") && said.contains("opaque=\"5ccc"),
            "{said}"
        );
        let challenge = r#"Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#;
        let nonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let said = answer(challenge, ["Mufasa", "Circle of Life"], "/dir/index.html", nonce).unwrap();
        assert!(said.contains("753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"), "{said}");
        assert_eq!(answer("Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"", ["u", "p"], "/", "0"), None);
        assert_eq!(answer("Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess", ["u", "p"], "/", "0"), None);
    }
}
