//! `{variable}` substitution: once, and what is put in is never scanned again.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// How a `{x}` is written where it stands. `{+x}` is inserted as it is everywhere (RFC 6570 §3.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escape {
    None,
    Percent,
}

/// The piece of a template that comes next.
enum Part<'t> {
    Text(&'t str),
    Variable { name: &'t str, raw: bool },
}

/// Puts the variables in; the error is the name of the one that `lookup` does not know.
pub(crate) fn render<'v>(
    template: &str,
    escape: Escape,
    lookup: impl Fn(&str) -> Option<Cow<'v, str>>,
) -> Result<String, String> {
    let mut out = String::with_capacity(template.len());
    for part in parts(template) {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Variable { name, raw } => {
                let value = lookup(name).ok_or_else(|| name.to_owned())?;
                if escape == Escape::Percent && !raw {
                    out.extend(utf8_percent_encode(&value, UNRESERVED));
                } else {
                    out.push_str(&value);
                }
            }
        }
    }
    Ok(out)
}

/// The variables that a template names.
pub(crate) fn names(template: &str) -> impl Iterator<Item = &str> {
    parts(template).filter_map(|part| match part {
        Part::Variable { name, .. } => Some(name),
        Part::Text(_) => None,
    })
}

/// Letters, digits, `_` and `.`: any other brace is literal, so that a GraphQL body needs no escapes.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
}

fn parts(template: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = template;
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((variable, after)) = variable(rest) {
            rest = after;
            return Some(variable);
        }
        // A literal brace belongs to the text: look for the next one behind it.
        let next = rest.char_indices().skip(1).find(|&(at, c)| c == '{' && rest.get(at..).and_then(variable).is_some());
        let (text, after) = rest.split_at(next.map_or(rest.len(), |(at, _)| at));
        rest = after;
        Some(Part::Text(text))
    })
}

fn variable(text: &str) -> Option<(Part<'_>, &str)> {
    let inner = text.strip_prefix('{')?;
    let (raw, inner) = inner.strip_prefix('+').map_or((false, inner), |inner| (true, inner));
    // A bound on the name keeps a text full of braces linear.
    let end = inner.bytes().take(65).position(|b| b == b'}')?;
    let (name, after) = inner.split_at_checked(end)?;
    is_name(name).then(|| (Part::Variable { name, raw }, after.get(1..).unwrap_or_default()))
}

/// RFC 3986 §2.3: what is never percent-encoded.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The form serializer of the URL standard, but for the comma: Fusio's document shows its scopes joined by bare commas,
/// and a decoder reads `,` and `%2C` alike.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_').remove(b',');

pub(crate) fn percent_encode(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).collect()
}

/// `application/x-www-form-urlencoded`, one name or value (RFC 6749 appendix B).
pub(crate) fn form_encode(text: &str) -> String {
    utf8_percent_encode(text, FORM).map(|piece| if piece == "%20" { "+" } else { piece }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(template: &str, escape: Escape) -> Result<String, String> {
        render(template, escape, |name| match name {
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
        assert_eq!(fill("https://h/{x}?{+x}", Escape::Percent).unwrap(), "https://h/a%2Fb%20%C3%A9?a/b é");
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
        assert_eq!(names("{a}{ b }{+c}").collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn form_encoding() {
        assert_eq!(form_encode("a b&c=é+,~*"), "a+b%26c%3D%C3%A9%2B,%7E*");
    }
}
