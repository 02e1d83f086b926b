//! Facts of many hosts kept once where they are the same: names, texts, lists and mappings. Hosts of a fleet differ in little of what
//! they say about themselves, and thousands of them would otherwise hold some hundred kilobytes each.

use hostler_sdk::{Key, Map, Value};
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What was seen so far.
#[derive(Debug)]
pub(super) struct Pool {
    texts: HashSet<Arc<str>>,
    wholes: HashSet<Whole>,
    /// How many may be kept before those that nobody else has any more are let go.
    limit: usize,
}

/// Fewer than these are not worth a look at who still has them.
const FEW: usize = 16_384;

impl Default for Pool {
    fn default() -> Self {
        Pool { texts: HashSet::new(), wholes: HashSet::new(), limit: FEW }
    }
}

impl Pool {
    /// An equal mapping whose parts are shared with those that came before.
    pub fn share(&mut self, facts: &Map) -> Map {
        let shared = self.members(facts);
        if self.texts.len() + self.wholes.len() > self.limit {
            self.let_go();
        }
        shared
    }

    fn members(&mut self, map: &Map) -> Map {
        let mut out = Map::new();
        out.reserve_exact(map.len());
        for (key, value) in map {
            let key = match key {
                Key::Str(text) => Key::Str(self.text(text)),
                other => other.clone(),
            };
            let value = self.value(value);
            out.set(key, value);
        }
        out
    }

    fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::Str(text) => Value::Str(self.text(text)),
            Value::List(list) => {
                let list = list.iter().map(|member| self.value(member)).collect();
                self.whole(Value::List(Arc::new(list)))
            }
            Value::Map(map) => {
                let map = self.members(map);
                self.whole(Value::Map(Arc::new(map)))
            }
            other => other.clone(),
        }
    }

    fn text(&mut self, text: &Arc<str>) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        self.texts.insert(text.clone());
        text.clone()
    }

    /// The value itself or the one that came before it; its members are shared already.
    fn whole(&mut self, value: Value) -> Value {
        let whole = Whole(value);
        if let Some(known) = self.wholes.get(&whole) {
            return known.0.clone();
        }
        let value = whole.0.clone();
        self.wholes.insert(whole);
        value
    }

    fn let_go(&mut self) {
        self.wholes.retain(|whole| match &whole.0 {
            Value::List(list) => Arc::strong_count(list) > 1,
            Value::Map(map) => Arc::strong_count(map) > 1,
            _ => false,
        });
        self.texts.retain(|text| Arc::strong_count(text) > 1);
        self.limit = FEW.max(2 * (self.texts.len() + self.wholes.len()));
    }
}

/// A list or a mapping whose members are shared: it is the same as another when its members are the very same. Types count, unlike
/// in Python's comparison (`1 == True`), and so does the order of a mapping.
#[derive(Debug)]
struct Whole(Value);

impl PartialEq for Whole {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(&**b).all(|(a, b)| same(a, b)),
            (Value::Map(a), Value::Map(b)) => {
                a.len() == b.len() && a.iter().zip(&**b).all(|((k, a), (l, b))| k == l && same(a, b))
            }
            _ => false,
        }
    }
}

impl Eq for Whole {}

impl Hash for Whole {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Value::List(list) => list.iter().for_each(|member| identity(member, state)),
            Value::Map(map) => map.iter().for_each(|(key, member)| {
                key.hash(state);
                identity(member, state);
            }),
            _ => {}
        }
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        (Value::Str(a), Value::Str(b)) => Arc::ptr_eq(a, b),
        (Value::List(a), Value::List(b)) => Arc::ptr_eq(a, b),
        (Value::Map(a), Value::Map(b)) => Arc::ptr_eq(a, b),
        _ => false,
    }
}

/// Puts into the hash what [`same`] compares.
fn identity<H: Hasher>(value: &Value, state: &mut H) {
    match value {
        Value::Null => {}
        Value::Bool(b) => b.hash(state),
        Value::Int(n) => n.hash(state),
        Value::Float(n) => n.to_bits().hash(state),
        Value::Str(text) => Arc::as_ptr(text).cast::<u8>().hash(state),
        Value::List(list) => Arc::as_ptr(list).hash(state),
        Value::Map(map) => Arc::as_ptr(map).hash(state),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(json: &str) -> Map {
        match Value::from_json(json).expect("JSON") {
            Value::Map(map) => (*map).clone(),
            other => panic!("{other:?}"),
        }
    }

    const HOST: &str = r#"{"ansible_kernel":"6.1","ansible_cores":[1,1.0,true,null],"ansible_eth0":{"mtu":1500,"ipv4":{"prefix":"24"}}}"#;

    #[test]
    fn what_is_the_same_is_kept_once() {
        let mut pool = Pool::default();
        let (a, b) = (pool.share(&facts(HOST)), pool.share(&facts(HOST)));
        assert_eq!(Value::from(a.clone()).to_json(), Value::from(facts(HOST)).to_json());
        for key in ["ansible_kernel", "ansible_cores", "ansible_eth0"] {
            assert!(same(&a[key], &b[key]), "{key}");
        }
        let keys = a.keys().zip(b.keys());
        keys.for_each(|(a, b)| assert!(matches!((a, b), (Key::Str(a), Key::Str(b)) if Arc::ptr_eq(a, b))));
    }

    #[test]
    fn what_python_calls_equal_stays_apart() {
        let mut pool = Pool::default();
        let texts = [
            r#"{"a":[1]}"#,
            r#"{"a":[true]}"#,
            r#"{"a":[1.0]}"#,
            r#"{"a":["1"]}"#,
            r#"{"a":{"1":1}}"#,
            r#"{"a":{"x":1,"y":2}}"#,
            r#"{"a":{"y":2,"x":1}}"#,
        ];
        for text in texts {
            assert_eq!(Value::from(pool.share(&facts(text))).to_json(), text);
        }
    }

    #[test]
    fn what_nobody_has_any_more_is_let_go() {
        let mut pool = Pool::default();
        let kept = pool.share(&facts(HOST));
        for n in 0..2 * FEW {
            pool.share(&facts(&format!(r#"{{"ansible_time":["{n}"]}}"#)));
        }
        assert!(pool.texts.len() + pool.wholes.len() <= FEW + 2, "{} {}", pool.texts.len(), pool.wholes.len());
        assert!(same(&pool.share(&facts(HOST))["ansible_eth0"], &kept["ansible_eth0"]));
    }
}
