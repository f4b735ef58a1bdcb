//! Many machines that were started at one instant: what keeps them out of step.

use bearerkit::{Action, ClientConfig, HttpResponse, Machine, Timestamp};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
const MACHINES: u64 = 400;

/// What becomes of each of them after that answer to its first request.
fn fleet<T>(answer: &HttpResponse, see: impl Fn(&Machine) -> T) -> Vec<T> {
    let options =
        json!({ "provider": "https://as.example/token", "credentials": { "client_id": "a", "client_secret": "b" } });
    let client = ClientConfig::from_json(&options.to_string()).expect("good options");
    let one = |seed| {
        let mut machine = Machine::new(client.clone(), seed);
        let Action::Send(request) = machine.poll(NOW) else { panic!("nothing in hand: send") };
        machine.on_response(request.serial, answer, NOW);
        see(&machine)
    };
    (0..MACHINES).map(one).collect()
}

fn response(status: u16, retry_after: &str, body: Value) -> HttpResponse {
    let headers = vec![("Retry-After".to_owned(), retry_after.to_owned())];
    HttpResponse { status, headers, body: body.to_string().into_bytes() }
}

/// Over how many ms they are spread, and how many share the fullest tenth of that.
fn spread(mut instants: Vec<u64>) -> (u64, usize) {
    instants.sort_unstable();
    let (first, last) = (instants[0], instants[instants.len() - 1]);
    let tenth = (last - first) / 10 + 1;
    let mut shares = [0; 10];
    instants.iter().for_each(|at| shares[((at - first) / tenth) as usize] += 1);
    (last - first, shares.into_iter().max().unwrap_or(0))
}

#[test]
fn renewals_are_out_of_step() {
    for (life, least) in [(3600, 250_000), (86_400, 250_000), (60, 5_000), (10, 800)] {
        let body = json!({ "access_token": "t", "expires_in": life });
        let renewals = fleet(&response(200, "", body), |machine| {
            machine.token().expect("granted").renew_at.since(NOW).as_millis() as u64
        });
        let (width, fullest) = spread(renewals);
        assert!(width >= least && fullest <= 80, "{life} s: {fullest} of {MACHINES} in a tenth of {width} ms");
    }
}

#[test]
fn nobody_comes_back_at_the_instant_that_a_retry_after_names() {
    let until = |machine: &Machine| machine.next_request_at(NOW).since(NOW).as_millis() as u64;
    let returns = fleet(&response(429, "60", json!({})), until);
    assert!(returns.iter().all(|wait| (60_000..=63_000).contains(wait)));
    let (width, fullest) = spread(returns);
    assert!(width >= 2_500 && fullest <= 80, "{fullest} of {MACHINES} in a tenth of {width} ms");
}

#[test]
fn back_off_has_full_jitter() {
    let until = |machine: &Machine| machine.next_request_at(NOW).since(NOW).as_millis() as u64;
    let (width, fullest) = spread(fleet(&response(503, "", json!({})), until));
    // A tenth of them have less than the floor, and wait for that.
    assert!(width >= 800 && fullest <= 110, "{fullest} of {MACHINES} in a tenth of {width} ms");
}
