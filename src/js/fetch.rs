//! One HTTP exchange by `fetch`: stateless, owned by whoever awaits it, over in time and in bounds.

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader, Response};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, millis: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// Sends `{ method, url, headers, body }` and resolves to `{ status, headers: [name, value, …], body }`, or to
/// `{ failure: "timeout" | "network" | "too_large" | "fetch", status, cause }`. `fetch`: the function did what no `fetch` does, and
/// will again. `cause`: what was thrown, as it is. It never rejects: a rejection that crosses requests says nothing.
#[wasm_bindgen]
pub async fn send(fetch: Function, request: JsValue, millis: f64, limit: u32) -> JsValue {
    let Ok(controller) = AbortController::new() else { return failure("network", 0, JsValue::UNDEFINED) };
    let mut resolve_timer = None;
    let timer = Promise::new(&mut |resolve, _| resolve_timer = Some(set_timeout(&resolve, millis)));
    let exchange = Exchange { timer, limit };
    let outcome = exchange.run(&fetch, &request, &controller).await;
    if let Some(timer) = resolve_timer {
        clear_timeout(&timer);
    }
    outcome.unwrap_or_else(|end| {
        // Whatever of the answer was not read is not wanted. An abort is dear, so a good answer goes without.
        controller.abort();
        end
    })
}

struct Exchange {
    /// Resolves to `undefined` when the time is up.
    timer: Promise,
    limit: u32,
}

impl Exchange {
    /// `Err` is an outcome too: the exchange ended before the answer did.
    async fn run(&self, fetch: &Function, request: &JsValue, controller: &AbortController) -> Result<JsValue, JsValue> {
        trap!("send");
        let network = |cause| failure("network", 0, cause);
        let init = Object::new();
        for name in ["method", "headers", "body"] {
            let value = Reflect::get(request, &name.into()).map_err(network)?;
            if !value.is_null() {
                Reflect::set(&init, &name.into(), &value).map_err(network)?;
            }
        }
        // `error` throws on workerd; a redirect is refused by its status.
        Reflect::set(&init, &"redirect".into(), &"manual".into()).map_err(network)?;
        Reflect::set(&init, &"signal".into(), &controller.signal()).map_err(network)?;
        let url = Reflect::get(request, &"url".into()).map_err(network)?;
        let promise = fetch.call2(&JsValue::UNDEFINED, &url, &init).map_err(|cause| failure("fetch", 0, cause))?;
        let response: Response = self.within_time(Promise::resolve(&promise), 0).await?.unchecked_into();
        trap!("send: answered");
        let status = response.status();
        let body = self.read(&response, status).await?;
        let outcome = Object::new();
        for (name, value) in [("status", status.into()), ("headers", flat(&response)), ("body", body.into())] {
            Reflect::set(&outcome, &name.into(), &value).map_err(network)?;
        }
        Ok(outcome.into())
    }

    /// Decoded bytes are counted as they come: a length that a server states is no guard against a bomb.
    async fn read(&self, response: &Response, status: u16) -> Result<Uint8Array, JsValue> {
        let mut body: Vec<u8> = Vec::new();
        let Some(stream) = response.body() else { return Ok(Uint8Array::new_with_length(0)) };
        let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
        loop {
            let chunk = match self.within_time(reader.read(), status).await {
                Ok(chunk) => chunk,
                Err(end) => {
                    forget(reader.cancel());
                    return Err(end);
                }
            };
            let member = |name: &str| Reflect::get(&chunk, &name.into()).unwrap_or(JsValue::UNDEFINED);
            if member("done").is_truthy() {
                return Ok(Uint8Array::from(body.as_slice()));
            }
            let bytes = Uint8Array::new(&member("value"));
            if body.len().saturating_add(bytes.length() as usize) > self.limit as usize {
                forget(reader.cancel());
                return Err(failure("too_large", status, JsValue::UNDEFINED));
            }
            body.extend(bytes.to_vec());
        }
    }

    async fn within_time(&self, promise: Promise, status: u16) -> Result<JsValue, JsValue> {
        let race = Promise::race(&Array::of2(&promise, &self.timer));
        match JsFuture::from(race).await {
            Ok(value) if value.is_undefined() => Err(failure("timeout", status, JsValue::UNDEFINED)),
            Ok(value) => Ok(value),
            Err(cause) => Err(failure("network", status, cause)),
        }
    }
}

/// A promise that nobody waits for may reject unseen.
fn forget(promise: Promise) {
    let _ = Promise::all_settled(&Array::of1(&promise));
}

fn failure(kind: &str, status: u16, cause: JsValue) -> JsValue {
    let outcome = Object::new();
    for (name, value) in [("failure", JsValue::from(kind)), ("status", status.into()), ("cause", cause)] {
        // Setting a member of a fresh plain object cannot fail.
        let _ = Reflect::set(&outcome, &name.into(), &value);
    }
    outcome.into()
}

fn flat(response: &Response) -> JsValue {
    let flat = Array::new();
    let collect = Closure::<dyn FnMut(JsValue, JsValue)>::new({
        let flat = flat.clone();
        move |value: JsValue, name: JsValue| {
            flat.push(&name);
            flat.push(&value);
        }
    });
    if let Ok(each) = Reflect::get(&response.headers(), &"forEach".into()) {
        let _ = each.unchecked_ref::<Function>().call1(&response.headers(), collect.as_ref());
    }
    flat.into()
}
