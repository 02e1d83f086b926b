//! What is made of a host's files is remembered: by a runner from call to call, for as long as the file is the same one and
//! unchanged; over a shell, where looking costs as much as reading, within one call and until anything is changed.

use crate::backend::{HostError, HostResult, Meta};
use crate::host::Look;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Something that was made of a file's text.
type Made = Arc<dyn Any + Send + Sync>;
/// The file, and the kind of thing that was made of it.
type Key = (&'static str, TypeId);

/// What was made during one call; forgotten when anything changes.
pub(crate) type OfCall = HashMap<Key, Made>;

/// What a process remembers from call to call, each with the state of its file.
#[derive(Default)]
pub struct Memory(Mutex<HashMap<Key, (State, Made)>>);

/// By what a changed or replaced file is told from what it was. Times are the system's, so a program that sets the modification
/// time back is seen by the change time.
#[derive(Clone, Copy, PartialEq)]
struct State {
    dev: u64,
    ino: u64,
    size: u64,
    mtime: f64,
    ctime: f64,
}

/// Changes that follow each other within this many seconds may leave the same times (a tick of the kernel's clock is up to 10 ms).
const TICK: f64 = 1.0;

impl State {
    fn of(meta: &Meta) -> Self {
        State { dev: meta.dev, ino: meta.ino, size: meta.size, mtime: meta.mtime, ctime: meta.ctime }
    }

    /// Whether the next change would be seen for sure.
    fn is_settled(&self) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        self.ctime + TICK < now && self.mtime + TICK < now
    }
}

impl Memory {
    fn get<T: Any + Send + Sync>(
        &self,
        path: &'static str,
        look: &Look,
        make: impl FnOnce() -> HostResult<T>,
    ) -> HostResult<Arc<T>> {
        let missing = || HostError::io(format!("read `{path}`"), &std::io::Error::from_raw_os_error(2));
        let state = State::of(&look.stat(path)?.ok_or_else(missing)?);
        // Held while the file is read: of many calls at once the first reads, the others have it from there.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (path, TypeId::of::<T>());
        if let Some((then, made)) = known.get(&key)
            && *then == state
            && let Ok(made) = made.clone().downcast()
        {
            return Ok(made);
        }
        let made = Arc::new(make()?);
        if state.is_settled() {
            known.insert(key, (state, made.clone()));
        }
        Ok(made)
    }
}

impl Look<'_> {
    /// What `parse` makes of a file's text. It is made again only when the file has changed; one type is one way to read a file.
    pub fn remembered<T: Any + Send + Sync>(&self, path: &'static str, parse: fn(&str) -> T) -> HostResult<Arc<T>> {
        let make = || Ok(parse(&self.read_text(path)?));
        if let Some(memory) = self.memory() {
            return memory.get(path, self, make);
        }
        let key = (path, TypeId::of::<T>());
        let known = self.known.borrow().get(&key).cloned();
        if let Some(made) = known.and_then(|made| made.downcast().ok()) {
            return Ok(made);
        }
        let made = Arc::new(make()?);
        self.known.borrow_mut().insert(key, made.clone());
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::native::Native;
    use crate::body::Inline;
    use crate::call::Call;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static PARSED: AtomicUsize = AtomicUsize::new(0);

    fn words(text: &str) -> Vec<String> {
        PARSED.fetch_add(1, Ordering::SeqCst);
        text.split_whitespace().map(str::to_owned).collect()
    }

    /// Sets the times of a file to the past; its change time stays that of now.
    fn age(path: &str) {
        let past = SystemTime::now() - std::time::Duration::from_secs(3600);
        std::fs::File::options().write(true).open(path).unwrap().set_modified(past).unwrap();
    }

    #[test]
    fn a_file_is_read_again_when_it_may_have_changed() {
        let dir = tempfile::tempdir().unwrap();
        let path: &'static str = Box::leak(dir.path().join("file").display().to_string().into_boxed_str());
        let (native, call, bodies) = (Native::new(), Call::default(), Inline(Arc::new([])));
        let read = || Look::new(&native, &call, &bodies).remembered(path, words);
        assert!(read().unwrap_err().not_found());
        std::fs::write(path, "a b").unwrap();
        assert_eq!(*read().unwrap(), ["a", "b"]);
        // Just written, the same size, the same times: what was made of it is not kept.
        std::fs::write(path, "c d").unwrap();
        age(path);
        assert_eq!(*read().unwrap(), ["c", "d"]);
        let before = PARSED.load(Ordering::SeqCst);
        read().unwrap();
        assert_eq!(PARSED.load(Ordering::SeqCst), before + 1);
        std::fs::remove_file(path).unwrap();
        assert!(read().unwrap_err().not_found());
    }

    #[test]
    fn a_file_of_old_is_read_once() {
        let (native, call, bodies) = (Native::new(), Call::default(), Inline(Arc::new([])));
        fn length(text: &str) -> usize {
            OLD.fetch_add(1, Ordering::SeqCst);
            text.len()
        }
        static OLD: AtomicUsize = AtomicUsize::new(0);
        let read = || Look::new(&native, &call, &bodies).remembered("/etc/passwd", length).unwrap();
        assert_eq!(*read(), std::fs::read_to_string("/etc/passwd").unwrap().len());
        read();
        assert_eq!(OLD.load(Ordering::SeqCst), 1);
    }
}
