//! A token that is fresh costs no allocation: `poll` hands out the one there is.
#![cfg(not(target_arch = "wasm32"))]
#![allow(unsafe_code)] // an allocator is unsafe by nature; this one only counts

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use bearerkit::{Action, ClientConfig, Credentials, HttpResponse, Machine, Provider, Timestamp};

struct Counting;

thread_local! {
    /// By thread: what the test harness does meanwhile does not count.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every method hands its arguments to `System` as they are; the counter does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count() {
    // A thread that is ending has no counter any more.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get().saturating_add(1)));
}

fn allocations_of(operation: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    operation();
    ALLOCATIONS.get().saturating_sub(before)
}

#[test]
fn poll_on_a_fresh_token_allocates_nothing() {
    let now = Timestamp::from_secs(1_700_000_000);
    let provider = Provider::from_token_endpoint("https://as.example/token").unwrap();
    let credentials = Credentials::new().with("client_id", "app").with("client_secret", "s3cr3t");
    let mut machine = Machine::new(ClientConfig::new(provider, credentials), 1);
    let acquired = allocations_of(|| {
        let Action::Send(request) = machine.poll(now) else { panic!("nothing in hand: send") };
        let body = br#"{"access_token": "abc", "token_type": "Bearer", "expires_in": 3600}"#.to_vec();
        machine.on_response(request.serial, &HttpResponse { status: 200, headers: vec![], body }, now);
    });
    assert!(acquired > 0, "the counter counts");
    let polled = allocations_of(|| {
        for millis in 0..1000 {
            let action = machine.poll(Timestamp::from_millis(now.as_millis().saturating_add(millis)));
            assert!(matches!(action, Action::Use { renew: None, .. }));
        }
    });
    assert_eq!(polled, 0);
}
