//! One HTTP exchange by `fetch`: stateless, owned by whoever drives it, and in bounds. It is over in time since `fetch` and each
//! read are: the driver sees to that.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::RequestInit;

#[wasm_bindgen]
extern "C" {
    /// An answer as the driver opens it.
    type Answer;
    #[wasm_bindgen(method, getter)]
    fn status(this: &Answer) -> u16;
    /// The next piece of the body, decoded, and `undefined` after the last one.
    #[wasm_bindgen(method)]
    fn next(this: &Answer) -> Promise;
    #[wasm_bindgen(method, setter)]
    fn set_body(this: &Answer, body: Uint8Array);
}

/// An exchange under way. It is no task of wasm-bindgen-futures: those of all exchanges run in one queue, and the queue does not
/// move again once a turn of it was cut short (a trap, a CPU limit). Here nothing wakes but the driver, and no exchange waits for another.
#[wasm_bindgen]
pub struct Transport {
    exchange: Pin<Box<dyn Future<Output = JsValue>>>,
}

#[wasm_bindgen]
impl Transport {
    /// Calls `fetch(url, init)` at once, in its caller's turn and context.
    #[wasm_bindgen(constructor)]
    pub fn new(fetch: &Function, url: &JsValue, init: &RequestInit, limit: u32) -> Transport {
        trap!("send");
        let answer = fetch.call2(&JsValue::UNDEFINED, url, init);
        // Before the future runs, or a rejection had nobody to hear it.
        let answer = answer.map(|answer| JsFuture::from(answer.unchecked_into::<Promise>()));
        Transport { exchange: Box::pin(async move { read(answer, limit as usize).await.unwrap_or_else(|end| end) }) }
    }

    /// Call it first, and whenever what it waits for has settled. Returns the answer, now with its `body`, or
    /// `{ failure: "network" | "too_large" | "fetch", status, cause }`; `undefined` as long as there is neither. `cause` is what was
    /// thrown, and `fetch` that nothing was sent.
    pub fn poll(&mut self) -> JsValue {
        match self.exchange.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => JsValue::UNDEFINED,
        }
    }
}

/// `Err` is an outcome too: the exchange ended before the answer did.
async fn read(answer: Result<JsFuture, JsValue>, limit: usize) -> Result<JsValue, JsValue> {
    let answer = answer.map_err(|cause| failure("fetch", 0, cause))?;
    let answer: Answer = answer.await.map_err(|cause| failure("network", 0, cause))?.unchecked_into();
    trap!("send: answered");
    let status = answer.status();
    let mut body: Vec<u8> = Vec::new();
    loop {
        let piece = JsFuture::from(answer.next()).await.map_err(|cause| failure("network", status, cause))?;
        if piece.is_undefined() {
            answer.set_body(Uint8Array::from(body.as_slice()));
            return Ok(answer.into());
        }
        let bytes: Uint8Array = piece.unchecked_into();
        // Decoded bytes are counted as they come: a length that a server states is no guard against a bomb.
        if body.len().saturating_add(bytes.length() as usize) > limit {
            return Err(failure("too_large", status, JsValue::UNDEFINED));
        }
        body.extend(bytes.to_vec());
    }
}

fn failure(kind: &str, status: u16, cause: JsValue) -> JsValue {
    let outcome = Object::new();
    for (name, value) in [("failure", JsValue::from(kind)), ("status", status.into()), ("cause", cause)] {
        // Setting a member of a fresh plain object cannot fail.
        let _ = Reflect::set(&outcome, &name.into(), &value);
    }
    outcome.into()
}
