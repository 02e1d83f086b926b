//! A path with its links resolved, as Python's `os.path.realpath` does it: what does not exist is kept as written.

/// Links in a row before a path is taken for a loop.
const MOST_LINKS: usize = 40;

/// Resolves an absolute path; `read_link` says where a path points, or `None` when it is no link.
pub fn resolve(path: &str, read_link: impl Fn(&str) -> Option<String>) -> String {
    let mut todo: Vec<String> = path.rsplit('/').map(str::to_owned).collect();
    let mut done = String::new();
    let mut links = 0;
    while let Some(part) = todo.pop() {
        match part.as_str() {
            "" | "." => continue,
            ".." => {
                done.truncate(done.rfind('/').unwrap_or(0));
                continue;
            }
            _ => {}
        }
        let candidate = format!("{done}/{part}");
        match read_link(&candidate) {
            Some(target) if links < MOST_LINKS => {
                links += 1;
                if target.starts_with('/') {
                    done.clear();
                }
                todo.extend(target.rsplit('/').map(str::to_owned));
            }
            _ => done = candidate,
        }
    }
    if done.is_empty() { "/".to_owned() } else { done }
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn resolves_as_python_does() {
        let links = [("/a/link", "../b"), ("/b/abs", "/c/d"), ("/loop", "loop"), ("/dangling", "nowhere/x")];
        let read = |path: &str| links.iter().find(|(from, _)| *from == path).map(|(_, to)| (*to).to_owned());
        for (path, want) in [
            ("/a/link/x", "/b/x"),
            ("/a/link/abs/../e", "/c/e"),
            ("/loop", "/loop"),
            ("/dangling", "/nowhere/x"),
            ("//a/./../", "/"),
            ("/missing/../kept", "/kept"),
        ] {
            assert_eq!(resolve(path, read), want, "{path}");
        }
    }
}
