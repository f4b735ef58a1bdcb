//! The places of members in a response.

use core::time::Duration;

use crate::config::schema::{seconds, texts};
use crate::config::words::{AnswerFormat, InstantFormat, Source, Unit};
use crate::ground::json::{get, same, str_at};
use crate::ground::value::Value;

/// The places of members in a response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResponseShape<'p> {
    pub(super) own: &'p Value,
    pub(super) base: &'p Value,
}

/// A member of a profile's part, or of the part that this one is laid over.
pub(crate) fn laid_over<'p>(own: &'p Value, base: &'p Value, name: &str) -> Option<&'p Value> {
    get(own, name).or_else(|| get(base, name))
}

/// The first member that is none of these.
pub(crate) fn first_other<'v>(value: &'v Value, names: &[&str]) -> Option<&'v str> {
    value.as_object()?.keys().map(String::as_str).find(|name| !names.contains(name))
}

impl<'p> ResponseShape<'p> {
    pub(crate) fn member(&self, name: &str) -> Option<&'p Value> {
        laid_over(self.own, self.base, name).filter(|member| !member.is_null())
    }

    pub(crate) fn format(&self) -> AnswerFormat {
        self.member("format").and_then(Value::as_str).and_then(AnswerFormat::of).unwrap_or(AnswerFormat::Json)
    }

    /// Where that member of RFC 6749 §5 is found; `None`: nowhere.
    pub(crate) fn place(&self, name: &str) -> Option<&'p str> {
        match laid_over(self.own, self.base, name) {
            Some(given) => given.as_str(),
            None if name == "access_token" && self.format() == AnswerFormat::Text => Some(""),
            None => ["/access_token", "/refresh_token", "/token_type", "/scope", "/error", "/error_description"]
                .into_iter()
                .find(|pointer| pointer.get(1..) == Some(name)),
        }
    }

    pub(crate) fn expiry(&self) -> ExpiryShape<'p> {
        ExpiryShape { given: self.member("expiry").unwrap_or(&Value::Null) }
    }

    /// How to recognise an error that comes with a 200: where to look, and the values that mean success.
    pub(crate) fn error_when(&self) -> Option<(&'p str, &'p [Value])> {
        let when = self.member("error_when")?;
        Some((str_at(when, "pointer")?, get(when, "not")?.as_array()?))
    }

    /// Where a refusal says how long to wait, and in which unit.
    pub(crate) fn retry_after(&self) -> Option<(&'p str, Option<Unit>)> {
        let told = self.member("retry_after")?;
        Some((str_at(told, "pointer").unwrap_or("/retry_after"), str_at(told, "unit").and_then(Unit::of)))
    }

    /// `null` lets any type pass.
    pub(crate) fn allows_type(&self, found: &str) -> bool {
        match laid_over(self.own, self.base, "token_types") {
            Some(Value::Null) => true,
            Some(given) => texts(Some(given)).iter().any(|allowed| allowed.eq_ignore_ascii_case(found)),
            None => found.eq_ignore_ascii_case("bearer"),
        }
    }

    /// What to keep of an answer, and where it stands.
    pub(crate) fn capture(&self) -> Vec<(&'p str, &'p str)> {
        let mut places = Vec::new();
        if let Some(capture) = self.member("capture").and_then(Value::as_object) {
            for (name, place) in capture {
                places.push((name.as_str(), place.as_str().unwrap_or_default()));
            }
        }
        places
    }
}

/// Where an answer says how long the token lives, and in which words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExpiryShape<'p> {
    pub(super) given: &'p Value,
}

impl<'p> ExpiryShape<'p> {
    #[cfg(test)]
    pub(crate) fn of(given: &'p Value) -> Self {
        ExpiryShape { given }
    }

    fn word(&self, name: &str) -> Option<&'p str> {
        str_at(self.given, name)
    }

    pub(crate) fn source(&self) -> Source {
        self.word("source").and_then(Source::of).unwrap_or(Source::Auto)
    }

    pub(crate) fn place(&self) -> &'p str {
        self.word("pointer").unwrap_or(if self.source() == Source::ExpiresAt { "/expires_at" } else { "/expires_in" })
    }

    /// If it is set, the value is a span whatever its size.
    pub(crate) fn unit(&self) -> Option<Unit> {
        self.word("unit").and_then(Unit::of)
    }

    pub(crate) fn format(&self) -> InstantFormat {
        self.word("format").and_then(InstantFormat::of).unwrap_or(InstantFormat::Unix)
    }

    pub(crate) fn seconds(&self) -> Option<Duration> {
        seconds(get(self.given, "seconds"))
    }
}

/// A rule that recognises a dead token in an API's response: every member of the rule must match.
#[derive(Clone, Copy)]
pub(crate) struct Rule<'p>(pub(super) &'p Value);

impl<'p> Rule<'p> {
    pub(crate) fn pointer(self) -> Option<&'p str> {
        str_at(self.0, "pointer")
    }

    /// Whether the rule's member allows what was found; one that is not there allows anything.
    pub(crate) fn allows(self, member: &str, found: &Value) -> bool {
        match get(self.0, member) {
            None => true,
            Some(Value::Array(items)) => items.iter().any(|item| same(item, found)),
            Some(one) => same(one, found),
        }
    }
}
