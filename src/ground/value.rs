//! JSON as a value. serde_json reads it; its own value keeps members in a tree, which is 3 KB of wasm more.

use core::fmt;

use serde_core::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::ground::number::Number;
use crate::ground::text::decimal;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Value {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Value>),
    Object(Map<String, Value>),
}

impl Value {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    pub(crate) fn is_string(&self) -> bool {
        matches!(self, Value::String(_))
    }

    pub(crate) fn is_array(&self) -> bool {
        matches!(self, Value::Array(_))
    }

    pub(crate) fn is_object(&self) -> bool {
        matches!(self, Value::Object(_))
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(flag) = self { Some(*flag) } else { None }
    }

    pub(crate) fn as_number(&self) -> Option<&Number> {
        if let Value::Number(number) = self { Some(number) } else { None }
    }

    pub(crate) fn as_u64(&self) -> Option<u64> {
        self.as_number()?.as_u64()
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = self { Some(text) } else { None }
    }

    pub(crate) fn as_array(&self) -> Option<&Vec<Value>> {
        if let Value::Array(items) = self { Some(items) } else { None }
    }

    pub(crate) fn as_object(&self) -> Option<&Map<String, Value>> {
        if let Value::Object(members) = self { Some(members) } else { None }
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Value> {
        self.as_array()?.get(index)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        if let Value::Object(members) = self { members.get_mut(name) } else { None }
    }

    pub(crate) fn take(&mut self) -> Value {
        core::mem::take(self)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Bool(flag)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Value::Number(Number::Whole(number))
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        u64::from(number).into()
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        u64::from(number).into()
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Number(number.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Value::Array(items.into_iter().map(Into::into).collect())
    }
}

/// So many members are sorted, and each name is there once. Further ones that are read stand as they came, so that no answer
/// takes more time than its length; of those with the same name the last counts.
const SORTED: usize = 64;

/// The members of an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Map<K, V>(Vec<(K, V)>);

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Map(Vec::new())
    }
}

impl Map<String, Value> {
    pub(crate) fn new() -> Self {
        Map::default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.0.iter_mut().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub(crate) fn insert(&mut self, name: String, value: Value) {
        if let Some(held) = self.get_mut(&name) {
            *held = value;
            return;
        }
        let place = self.0.iter().take_while(|(known, _)| *known < name).count();
        self.0.insert(place, (name, value));
    }

    /// Adds one that was read.
    pub(crate) fn add(&mut self, name: String, value: Value) {
        if self.0.len() < SORTED {
            self.insert(name, value);
        } else {
            self.0.push((name, value));
        }
    }

    /// What serde_json makes of a number that is not whole, where it keeps the text.
    fn number(&self) -> Option<Number> {
        match &*self.0 {
            [(name, Value::String(text))] if name == "$serde_json::private::Number" => Number::read(text.clone()),
            _ => None,
        }
    }

    pub(crate) fn iter(&self) -> Members<'_> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|(name, _)| name)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().map(|(_, value)| value)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.0.iter_mut().map(|(_, value)| value)
    }
}

type Member = (String, Value);
type Members<'m> = core::iter::Map<core::slice::Iter<'m, Member>, fn(&'m Member) -> (&'m String, &'m Value)>;
type MembersMut<'m> =
    core::iter::Map<core::slice::IterMut<'m, Member>, fn(&'m mut Member) -> (&'m String, &'m mut Value)>;

impl<'m> IntoIterator for &'m Map<String, Value> {
    type Item = (&'m String, &'m Value);
    type IntoIter = Members<'m>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'m> IntoIterator for &'m mut Map<String, Value> {
    type Item = (&'m String, &'m mut Value);
    type IntoIter = MembersMut<'m>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter_mut().map(|(name, value)| (&*name, value))
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

/// Takes all that serde_json may hand over: what is refused would link the formatting of its message.
struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        let text = [if number < 0 { "-" } else { "" }, &decimal(number.unsigned_abs())].concat();
        Ok(Value::Number(Number::Text(text)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        // Where numbers are read as text nobody calls this, and what prints floats is left out.
        Ok(if cfg!(all(feature = "exact-numbers", target_arch = "wasm32")) { Value::Null } else { number.into() })
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(item) = items.next_element()? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some((name, value)) = members.next_entry()? {
            read.add(name, value);
        }
        Ok(read.number().map_or(Value::Object(read), Value::Number))
    }
}

/// What serde_json has, for tests that write values down.
#[cfg(test)]
impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        serde_json::from_value(value).expect("JSON")
    }
}

#[cfg(test)]
impl serde_core::Serialize for Value {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<serde_json::Value>(&crate::ground::json::text(self)).expect("JSON").serialize(serializer)
    }
}

#[cfg(test)]
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::ground::json::text(self))
    }
}

#[cfg(test)]
impl core::ops::Index<&str> for Value {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        self.as_object().and_then(|members| members.get(name)).unwrap_or(&Value::Null)
    }
}

#[cfg(test)]
impl core::ops::IndexMut<&str> for Value {
    fn index_mut(&mut self, name: &str) -> &mut Value {
        let Value::Object(members) = self else { panic!("no object") };
        if !members.contains_key(name) {
            members.insert(name.to_owned(), Value::Null);
        }
        members.get_mut(name).expect("a member")
    }
}

#[cfg(test)]
macro_rules! json {
    ($($json:tt)+) => { $crate::ground::value::Value::from(serde_json::json!($($json)+)) };
}

#[cfg(test)]
pub(crate) use json;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Map<String, Value> {
        serde_json::from_str::<Value>(text).unwrap().as_object().unwrap().clone()
    }

    fn names(members: &Map<String, Value>) -> String {
        members.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn members_are_sorted_and_the_last_of_a_name_counts() {
        let mut members = read(r#"{"b":1,"a":2,"c":3,"b":4}"#);
        assert_eq!((names(&members).as_str(), members.get("b")), ("abc", Some(&json!(4))));
        members.insert("aa".to_owned(), Value::Null);
        members.insert("c".to_owned(), true.into());
        assert_eq!((names(&members).as_str(), members.get("c")), ("aaabc", Some(&json!(true))));
        *members.get_mut("aa").unwrap() = "x".into();
        assert_eq!(members.get("aa"), Some(&json!("x")));
    }

    #[test]
    fn of_many_members_the_last_of_a_name_counts_too() {
        let many: Vec<String> = (0..200).map(|n| format!("\"n{}\":{n}", n % 150)).collect();
        let mut members = read(&format!("{{{}}}", many.join(",")));
        for n in 0..150 {
            let last = if n < 50 { n + 150 } else { n };
            assert_eq!(members.get(&format!("n{n}")), Some(&json!(last)));
            members.insert(format!("n{n}"), Value::Null);
            assert_eq!(members.get(&format!("n{n}")), Some(&Value::Null));
        }
    }

    #[test]
    fn every_kind_is_read() {
        let text = r#"[null,true,7,-7,1.5,"a","\u00e9",[],{}]"#;
        let read: Value = serde_json::from_str(text).unwrap();
        assert_eq!(read, json!([null, true, 7, -7, 1.5, "a", "é", [], {}]));
        assert_eq!(crate::ground::json::text(&read), text.replace("\\u00e9", "é"));
    }
}
