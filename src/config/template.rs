//! `{variable}` substitution in one pass: inserted values are never scanned again.

use std::borrow::Cow;

use crate::ground::encoding::percent_encode;
use crate::ground::value::Value;

/// How a `{x}` is written where it stands. `{+x}` is inserted as it is everywhere (RFC 6570 §3.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escape {
    None,
    Percent,
}

/// A `{name}` or `{+name}` of a template.
#[derive(Clone, Copy)]
struct Variable<'t> {
    name: &'t str,
    raw: bool,
}

/// Puts the variables in; the error is the name of the one that `lookup` does not know.
// Not generic over `lookup`: there is one copy of this in the wasm module.
pub(crate) fn render<'v>(
    template: &str,
    escape: Escape,
    lookup: &dyn Fn(&str) -> Option<Cow<'v, str>>,
) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = template;
    // Where the URL begins that was put in last: its slash and the one that follows are one.
    let mut base = usize::MAX;
    while let Some((text, Variable { name, raw }, after)) = split(rest) {
        append(text, &mut out, base);
        if !text.is_empty() {
            base = usize::MAX;
        }
        let value = lookup(name).ok_or_else(|| name.to_owned())?;
        if escape == Escape::Percent && !raw {
            out.push_str(&percent_encode(&value));
            base = usize::MAX;
        } else {
            // `/` before a path is the same as nothing, where a slash stands already.
            let rest = if escape == Escape::Percent && base == usize::MAX && out.ends_with('/') {
                value.trim_start_matches('/')
            } else {
                &value
            };
            append(rest, &mut out, base);
            let is_url = raw || value.starts_with("http");
            base = if is_url { out.len().saturating_sub(value.len()) } else { usize::MAX };
        }
        rest = after;
    }
    append(rest, &mut out, base);
    Ok(out)
}

/// `base_url` with a slash at its end is the same as without, where a path follows.
fn append(text: &str, out: &mut String, base: usize) {
    while text.starts_with('/') && out.ends_with('/') && out.len() > base {
        out.truncate(out.len().saturating_sub(1));
    }
    out.push_str(text);
}

/// The variables that a template names.
pub(crate) fn names(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = template;
    while let Some((_, variable, after)) = split(rest) {
        names.push(variable.name);
        rest = after;
    }
    names
}

/// Whether a template names this variable.
pub(crate) fn mentions(template: &str, name: &str) -> bool {
    names(template).contains(&name)
}

/// Letters, digits, `_` and `.`: any other brace is literal, so that a GraphQL body needs no escapes.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
}

/// The first variable, and what stands before and behind it.
fn split(template: &str) -> Option<(&str, Variable<'_>, &str)> {
    for (at, byte) in template.bytes().enumerate() {
        if byte != b'{' {
            continue;
        }
        let (text, rest) = template.split_at_checked(at)?;
        if let Some((variable, after)) = variable(rest) {
            return Some((text, variable, after));
        }
    }
    None
}

fn variable(text: &str) -> Option<(Variable<'_>, &str)> {
    let inner = text.strip_prefix('{')?;
    let (raw, inner) = inner.strip_prefix('+').map_or((false, inner), |inner| (true, inner));
    // A bound on the name keeps a text full of braces linear.
    let end = inner.bytes().take(65).position(|b| b == b'}')?;
    let (name, after) = inner.split_at_checked(end)?;
    is_name(name).then(|| (Variable { name, raw }, after.get(1..).unwrap_or_default()))
}

/// Adds the names that the templates in a value have; `own`: those of its members too.
pub(crate) fn add_names<'v>(value: &'v Value, own: bool, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => {
            for name in names(text) {
                add_name(name, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                add_names(item, false, found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                if own {
                    add_name(name, found);
                }
                add_names(member, false, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

pub(crate) fn add_name<'n>(name: &'n str, names: &mut Vec<&'n str>) {
    // Nobody gives the token that is asked for.
    if name != "access_token" && !names.contains(&name) {
        names.push(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(template: &str, escape: Escape) -> Result<String, String> {
        render(template, escape, &|name| match name {
            "x" => Some("a/b é".into()),
            "again" => Some("{x}${x}".into()),
            _ => None,
        })
    }

    #[test]
    fn substitutes_once_and_never_rescans() {
        assert_eq!(fill("<{again}>", Escape::None).unwrap(), "<{x}${x}>");
    }

    #[test]
    fn urls_are_percent_encoded_unless_marked() {
        assert_eq!(percent_encode("AZaz09-._~ !%+é"), "AZaz09-._~%20%21%25%2B%C3%A9");
        assert_eq!(fill("https://h/{x}?{+x}", Escape::Percent).unwrap(), "https://h/a%2Fb%20%C3%A9?a/b é");
    }

    #[test]
    fn a_base_with_slashes_at_its_end_is_the_same_as_without() {
        for (template, base, escape, filled) in [
            ("{+base}/a", "https://h", Escape::Percent, "https://h/a"),
            ("{+base}/a", "https://h/", Escape::Percent, "https://h/a"),
            ("{+base}/a", "https://h/b//", Escape::Percent, "https://h/b/a"),
            ("{+base}{+path}", "https://h/", Escape::Percent, "https://h/p"),
            ("{base}/a", "https://h/", Escape::None, "https://h/a"),
            ("https://h/{+base}/a", "b/c/", Escape::Percent, "https://h/b/c/a"),
            ("https://h/{+base}/a", "", Escape::Percent, "https://h//a"),
            ("{+base}{+path}", "https://h//", Escape::Percent, "https://h/p"),
            ("https://h/{+base}a", "/", Escape::Percent, "https://h/a"),
            ("https://h/{+base}a", "/b/", Escape::Percent, "https://h/b/a"),
            ("https://h/{+base}a", "/b/", Escape::None, "https://h//b/a"),
            // Where nothing follows, or no path, it may mean something: an audience is compared to the letter.
            ("{+base}", "https://h/", Escape::Percent, "https://h/"),
            ("{+base}?x=/", "https://h/", Escape::Percent, "https://h/?x=/"),
            ("{base}/a", "secret/", Escape::None, "secret//a"),
            ("https://h/{base}/a", "https://b/", Escape::Percent, "https://h/https%3A%2F%2Fb%2F/a"),
        ] {
            let lookup = |name: &str| Some(Cow::Borrowed(if name == "base" { base } else { "/p" }));
            assert_eq!(render(template, escape, &lookup).unwrap(), filled, "{template} {base}");
        }
    }

    #[test]
    fn other_braces_are_literal() {
        for literal in ["query { user(id: 1) { name } }", "{", "}{", "{}", "{ x }", "{a-b}", "{x", "é{"] {
            assert_eq!(fill(literal, Escape::None).unwrap(), literal);
        }
        assert_eq!(fill("{{x}}", Escape::None).unwrap(), "{a/b é}");
    }

    #[test]
    fn names_the_missing_one() {
        assert_eq!(fill("{x}{nobody.gave}", Escape::None).unwrap_err(), "nobody.gave");
        assert_eq!(names("{a}{ b }{+c}"), ["a", "c"]);
    }
}
