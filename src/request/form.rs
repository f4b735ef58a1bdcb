//! Parameters as a body: a form, or a JSON object.

use crate::ground::encoding::form_encode;
use crate::ground::json;
use crate::ground::value::Value;

pub(crate) fn form(parameters: &[(String, Value)]) -> Form {
    let mut form = Form::default();
    for (name, value) in parameters {
        let values = value.as_array().map_or(core::slice::from_ref(value), Vec::as_slice);
        for value in values {
            form.add(name, &json::scalar(value).unwrap_or_else(|| json::text(value)));
        }
    }
    form
}

/// `name=value&name=value`, without the empty ones.
#[derive(Default)]
pub(crate) struct Form(pub(super) String);

impl Form {
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            let separator = if self.0.is_empty() { "" } else { "&" };
            let pair = [separator, &form_encode(name), "=", &form_encode(value)];
            self.0.push_str(&pair.concat());
        }
    }

    /// Adds it to the query of a URL.
    pub(crate) fn append_to(&self, url: &mut String) {
        if !self.0.is_empty() {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&self.0);
        }
    }
}

/// An object in the order of the parameters, which a `Map` would sort.
pub(crate) fn json_object(parameters: &[(String, Value)]) -> String {
    let mut object = String::from("{");
    for (name, value) in parameters {
        if object.len() > 1 {
            object.push(',');
        }
        json::write_string(name, &mut object);
        object.push(':');
        json::write(value, &mut object);
    }
    object.push('}');
    object
}
